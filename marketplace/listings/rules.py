"""What a listing must say and when (docs/rules/fields.md), what changed between two versions, and what is safe in a spreadsheet."""

import re
from collections.abc import Mapping
from datetime import date
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlsplit

from marketplace.core.errors import FieldError
from marketplace.core.i18n import gettext
from marketplace.listings import levels
from marketplace.listings.models import Kind, ListingVersion

COMMON = (
    "title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "technology_codes", "deal_kinds",
    "exclusivity", "amount_min_minor", "amount_max_minor", "currency", "country", "target_countries", "excluded_countries",
    "partner_kinds", "partner_role_en", "partner_role_zh", "territory", "sdg", "languages", "parameters", "video_url", "files",
    "valid_until", "source_organization", "source_country", "source_url", "levels", "unknowns",
)  # fmt: skip
OWN: dict[Kind, tuple[str, ...]] = {
    Kind.ACHIEVEMENT: (
        "advantages_en", "advantages_zh", "cost_comparison_en", "cost_comparison_zh", "trl", "stage", "ip_status", "ip_rights",
        "co_owner_consent", "export_control", "price_mode",
    ),
    Kind.NEED: ("requirement_en", "requirement_zh", "min_trl", "deadline"),
}
CONTENT = COMMON + OWN[Kind.ACHIEVEMENT] + OWN[Kind.NEED]
LISTS = (
    "technology_codes", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds", "territory", "sdg", "languages", "parameters", "ip_rights", "files", "unknowns",
)
ASKED: dict[Kind, tuple[str, ...]] = {
    Kind.ACHIEVEMENT: ("trl", "ip_status", "price_mode"),
    Kind.NEED: ("min_trl", "budget", "deadline"),
}
"""Questions that a submission answers, if only with "unknown"; ``budget`` stands for the amounts of a need."""

EVERYWHERE_OVER = "Etc/GMT+12"
"""Where a day ends last: a listing's last day has passed when it is over there."""
BLANK: dict[str, Any] = {name: [] if name in LISTS else None for name in CONTENT} | {"levels": {}}
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？]*\s*")


def content_of(version: ListingVersion) -> dict[str, Any]:
    """The whole content of a version, by column, reserved parts included: for its owner."""
    return levels.whole(public_of(version), version.reserved)


def public_of(version: ListingVersion) -> dict[str, Any]:
    """What everybody may read of a version, by column."""
    return {name: getattr(version, name) for name in CONTENT}


def stored(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a version that keep a whole content."""
    return levels.apart(content, BLANK)


def completed(content: Mapping[str, Any]) -> dict[str, Any]:
    """All columns, the unnamed ones blank; what is answered is not "unknown" any more."""
    whole = BLANK | dict(content)
    whole["unknowns"] = sorted(name for name in set(whole["unknowns"]) if not is_answered(whole, name))
    return whole


def is_answered(content: Mapping[str, Any], question: str) -> bool:
    """Whether a question of `ASKED` has an answer other than "unknown"."""
    if question == "budget":
        return content["amount_min_minor"] is not None or content["amount_max_minor"] is not None
    return content[question] is not None


def draft_faults(content: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """What even a draft must not lack or mix up."""
    found = []
    if not (content["title_en"] or content["title_zh"]):
        found.append(_fault("title_en", "title_missing", gettext("Give it a title, in one language at least.")))
    if not (content["description_en"] or content["description_zh"]):
        found.append(_fault("description_en", "description_missing", gettext("Describe it, in one language at least.")))
    low, high = content["amount_min_minor"], content["amount_max_minor"]
    if low is not None and high is not None and low > high:
        found.append(_fault("amount_max", "amount_order", gettext("The higher amount is below the lower one.")))
    if set(content["target_countries"]) & set(content["excluded_countries"]):
        found.append(_fault("excluded_countries", "country_twice", gettext("A country cannot be both wanted and excluded.")))
    return tuple(found)


def submission_faults(kind: Kind, content: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """What is still asked before a fair's moderator gets it: one complete language, a field, a kind of deal, and answers."""
    found = list(draft_faults(content))
    parts = ("title", "summary", "description")
    if not any(all(content[f"{part}_{code}"] for part in parts) for code in ("en", "zh")):
        code = "en" if content["title_en"] or not content["title_zh"] else "zh"
        named = {error.pointer for error in found}
        found += [
            _fault(f"{part}_{code}", "asked_at_submission", gettext("Please fill this in before you submit it."))
            for part in parts
            if not content[f"{part}_{code}"] and f"/{part}_{code}" not in named
        ]
    if not content["technology_codes"]:
        found.append(_fault("technology_codes", "asked_at_submission", gettext("Choose at least one field of technology.")))
    if not content["deal_kinds"]:
        found.append(_fault("deal_kinds", "asked_at_submission", gettext("Choose at least one kind of deal.")))
    for question in ASKED[kind]:
        if not is_answered(content, question) and question not in content["unknowns"]:
            field = "amount_max" if question == "budget" else question
            found.append(_fault(field, "asked_at_submission", gettext("Answer this, if only with “unknown”.")))
    return (*found, *_bars(kind, content))


STAGE_LEVELS = {"concept": (1, 3), "under_development": (3, 5), "lab_tested": (4, 4), "demo_available": (6, 8), "on_market": (9, 9)}
"""The levels of readiness that a stage of development usually stands for."""


def _bars(kind: Kind, content: Mapping[str, Any]) -> list[FieldError]:
    """What no moderator could publish: a forbidden export, and a price that contradicts how it is priced."""
    if kind is Kind.NEED:
        return []
    found = []
    if content["export_control"] == "prohibited":
        found.append(_fault("export_control", "export_prohibited", gettext("What may not be exported cannot be offered at an international fair. Clear this first.")))
    low, high = content["amount_min_minor"], content["amount_max_minor"]
    match content["price_mode"]:
        case "fixed" if low is None and high is None:
            found.append(_fault("amount_min", "price_mode", gettext("A fixed price names its amount.")))
        case "fixed" if low is not None and high is not None and low != high:
            found.append(_fault("amount_max", "price_mode", gettext("A fixed price is one amount: leave one empty, or say it is a range.")))
        case "range" if low is None or high is None:
            found.append(_fault("amount_min" if low is None else "amount_max", "price_mode", gettext("A range names both amounts.")))
        case "auction" if high is not None:
            found.append(_fault("amount_max", "price_mode", gettext("In an auction only the least bid is named: leave this empty.")))
    return found


def doubts(kind: Kind, content: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """What an owner should look at again; it keeps nothing from being submitted."""
    if kind is Kind.NEED:
        return ()
    found = []
    low, high = STAGE_LEVELS.get(content["stage"] or "", (1, 9))
    if content["trl"] is not None and not low <= content["trl"] <= high:
        usual = str(low) if low == high else f"{low}–{high}"
        found.append(_fault("stage", "stage_level", gettext("This stage usually means TRL %(usual)s; the maturity says %(trl)s.", usual=usual, trl=content["trl"])))
    if content["co_owner_consent"] == "pending":
        found.append(_fault("co_owner_consent", "consent_pending", gettext("No contract can be signed before the co-owners agree.")))
    if content["export_control"] in {"not_checked", "restricted"}:
        said = gettext("Check it before you talk with partners abroad.") if content["export_control"] == "not_checked" else gettext("A contract with a partner abroad needs a permit.")
        found.append(_fault("export_control", "export_open", said))
    registered = [right for right in content["ip_rights"] if right["kind"] != "know_how"]
    if content["ip_status"] == "granted" and registered and not any(right["granted_on"] for right in registered):
        found.append(_fault("ip_rights", "none_granted", gettext("“Granted” is said above, but no right below has the day of its grant.")))
    if content["ip_status"] == "none" and registered:
        found.append(_fault("ip_status", "rights_listed", gettext("“No right applied for” is said here, but rights are listed below.")))
    return tuple(found)


def _fault(field: str, code: str, detail: str) -> FieldError:
    return FieldError(f"/{field}", code, detail)


def closes(*days: date | None, written_on: date) -> date | None:
    """The last day on which a listing stands: the earliest of its deadline and the day until which it is valid.

    A day that had passed when the listing was first written (a record taken over from an older edition) ends nothing.
    """
    return min((day for day in days if day is not None and day >= written_on), default=None)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The columns whose content differs, in the order of `CONTENT`."""
    return [name for name in CONTENT if old[name] != new[name]]


def text_changes(old: str, new: str) -> list[tuple[str, str]]:
    """``new`` cut into pieces with what happened to each: ``same``, ``added``, or ``removed`` (a piece of ``old``).

    Compared by sentence, so that a text of 40,000 characters takes milliseconds.
    """
    before, after = _sentences(old), _sentences(new)
    pieces: list[tuple[str, str]] = []
    for step, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if step == "equal":
            pieces.append(("same", "".join(after[c:d])))
            continue
        if b > a:
            pieces.append(("removed", "".join(before[a:b])))
        if d > c:
            pieces.append(("added", "".join(after[c:d])))
    return pieces


def _sentences(text: str) -> list[str]:
    return [piece for piece in _SENTENCE.findall(text) if piece]


def is_chinese(text: str) -> bool:
    """Whether a text of unnamed language is Chinese: at least a third of its letters are Chinese characters."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and 3 * len(_HAN.findall(text)) >= letters


def is_link(text: str | None) -> bool:
    """Whether a source's address may become a link: imported ones can be anything."""
    return bool(text) and re.match(r"https?://[^\s]+$", text or "") is not None


def host_of(link: str) -> str:
    """The host that a checked link leads to, to be named beside it."""
    return urlsplit(link).hostname or ""


def label_of(name: str) -> str:
    """What a column is called in front of people."""
    return str(_labels()[name])


def _labels() -> Mapping[str, str]:
    return {
        "title_en": gettext("Title in English"), "title_zh": gettext("Title in Chinese"),
        "summary_en": gettext("Summary in English"), "summary_zh": gettext("Summary in Chinese"),
        "description_en": gettext("Description in English"), "description_zh": gettext("Description in Chinese"),
        "advantages_en": gettext("Advantages in English"), "advantages_zh": gettext("Advantages in Chinese"),
        "requirement_en": gettext("Requirements in English"), "requirement_zh": gettext("Requirements in Chinese"),
        "technology_codes": gettext("Fields of technology"), "deal_kinds": gettext("Kinds of deal"),
        "exclusivity": gettext("Exclusivity"), "amount_min_minor": gettext("Amount from"), "amount_max_minor": gettext("Amount to"),
        "currency": gettext("Currency"), "country": gettext("Country"), "target_countries": gettext("Countries wanted"),
        "excluded_countries": gettext("Countries excluded"), "partner_kinds": gettext("Kinds of partner"),
        "partner_role_en": gettext("Role of the partner, in English"), "partner_role_zh": gettext("Role of the partner, in Chinese"),
        "territory": gettext("Territory"), "sdg": gettext("Sustainable development goals"), "video_url": gettext("Video"),
        "files": gettext("Files"), "levels": gettext("Who may read what"),
        "cost_comparison_en": gettext("Cost compared, in English"), "cost_comparison_zh": gettext("Cost compared, in Chinese"),
        "ip_rights": gettext("Rights"), "co_owner_consent": gettext("Consent of co-owners"), "export_control": gettext("Export control"),
        "languages": gettext("Working languages"), "parameters": gettext("Measurable parameters"),
        "valid_until": gettext("Valid until"), "source_organization": gettext("Source"),
        "source_country": gettext("Country of the source"), "source_url": gettext("Address of the source"),
        "unknowns": gettext("Answered with “unknown”"), "trl": gettext("Maturity"), "stage": gettext("Stage"),
        "ip_status": gettext("Intellectual property"), "price_mode": gettext("How it is priced"),
        "min_trl": gettext("Maturity wanted, at least"), "deadline": gettext("Deadline"),
    }  # fmt: skip
