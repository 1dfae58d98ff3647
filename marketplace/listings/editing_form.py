"""What the form of a listing shows: the choices of its fields, its sections, what is noted beside a field, and its values."""

from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.money import CURRENCIES, to_text
from marketplace.listings import ip_rights, parameters, rules, wording
from marketplace.listings.drafting_schemas import NONE, UNKNOWN
from marketplace.listings.levels import Level
from marketplace.listings.models import Kind
from marketplace.taxonomy import units
from marketplace.taxonomy import vocabularies as v

MAIN_CURRENCIES = ("CNY", "EUR", "USD", "GBP", "JPY")


def choices(kind: Kind) -> dict[str, Any]:
    """Pairs of code and label for each field that has some."""
    code = language()
    main = [(currency, currency) for currency in MAIN_CURRENCIES]
    return {
        "fields": v.WIPO_FIELDS.choices(code), "deal_kinds": v.DEAL_KINDS.choices(code), "exclusivity": v.EXCLUSIVITY.choices(code),
        "countries": v.COUNTRIES.choices(code), "partner_kinds": v.PARTNER_KINDS.choices(code), "stages": v.STAGES.choices(code),
        "currencies": main + [(currency, currency) for currency in sorted(CURRENCIES) if currency not in MAIN_CURRENCIES],
        "trl": [(UNKNOWN, gettext("unknown")), *((term.code, f"{term.code} · {term.label(code)}") for term in v.TRL.values())],
        "ip_status": [(UNKNOWN, gettext("unknown")), *v.IP_STATUS.choices(code)],
        "price_modes": [(UNKNOWN, gettext("unknown")), *v.PRICE_MODES.choices(code)],
        "right_kinds": v.RIGHT_KINDS.choices(code), "offices": v.OFFICES.choices(code), "co_owner_consent": v.CO_OWNER_CONSENT.choices(code),
        "export_control": v.EXPORT_CONTROL.choices(code), "sdg": [*((goal, f"{goal} · {label}") for goal, label in v.SDG.choices(code)), (NONE, gettext("none of them"))],
        "languages": v.LANGUAGES.choices(code), "operators": _operators(kind), "common_units": units.COMMON,
        "units": [("one", gettext("as written")), ("thousand", gettext("thousand")), ("wan", "万"), ("million", gettext("million")), ("yi", "亿"), ("billion", gettext("billion"))],
    }  # fmt: skip


def _operators(kind: Kind) -> list[tuple[str, str]]:
    """What a need asks for most is a least value, what an achievement says most is a value."""
    words = {">=": "≥", "<=": "≤", "=": "=", parameters.RANGE: gettext("range")}
    first = parameters.OPERATORS if kind is Kind.NEED else ("=", parameters.RANGE, ">=", "<=")
    return [(operator, words[operator]) for operator in first]


_WORDS = ("title", "summary", "description", "advantages", "cost_comparison")


def _pairs(*bases: str) -> tuple[str, ...]:
    return tuple(f"{base}_{code}" for base in bases for code in ("en", "zh"))


def _levels(*groups: str) -> tuple[str, ...]:
    return tuple(f"levels-{group}" for group in groups)


FIELDS: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.ACHIEVEMENT: {
        "words": (*_pairs(*_WORDS), *_levels("description", "advantages", "cost_comparison")),
        "matter": ("technology_codes", "trl", "stage", "parameters", "sdg", "video_url", *_levels("parameters", "video")),
        "rights": ("ip_status", "ip_rights", "co_owner_consent", "export_control", *_levels("ip_rights")),
        "deal": ("deal_kinds", "exclusivity", "price_mode", "amount_min", "amount_max", "unit", "currency", *_levels("price")),
        "partners": ("country", "territory", "target_countries", "excluded_countries", "partner_kinds", *_pairs("partner_role"), "languages", *_levels("partner_role")),
        "readers": ("anonymous", "valid_until"),
    },
    Kind.NEED: {
        "need": (
            *_pairs("title", "summary", "description"), "technology_codes", "min_trl", "deal_kinds", "amount_min", "amount_max", "unit", "currency", "deadline",
            "unknown", "anonymous", *_levels("description", "price"),
        ),
        "requirement": (*_pairs("requirement"), "parameters", *_levels("requirement", "parameters")),
        "partners": (
            "exclusivity", "country", "territory", "target_countries", "excluded_countries", "partner_kinds", *_pairs("partner_role"), "languages",
            *_levels("partner_role"),
        ),
        "more": ("sdg", "video_url", "valid_until", *_levels("video")),
    },
}  # fmt: skip
"""The fields of each section of the form, by their names in its errors."""


def sections(kind: Kind, form: Form) -> list[tuple[str, str, int]]:
    """The form's table of contents: anchor, title, and how many fields are wrong there."""
    titles = {
        "words": gettext("In words"), "matter": gettext("What it is"), "rights": gettext("Rights"), "deal": gettext("What deal"),
        "partners": gettext("Where and with whom"), "readers": gettext("Who learns what"), "need": gettext("What you need"),
        "requirement": gettext("What must be met"), "more": gettext("Goals, video, last day"),
    }  # fmt: skip
    wrong = list(form.errors)
    return [(id, titles[id], sum(_is_of(error, names) for error in wrong)) for id, names in FIELDS[kind].items()]


def filled(form: Form, names: Iterable[str], notes: Mapping[str, Any]) -> bool:
    """Whether one of the fields says something, is wrong, or has a note: then its part of the form is open."""
    names = tuple(names)
    if any(_is_of(error, names) for error in form.errors) or any(name in notes for name in names):
        return True
    return any(_says(form.value(name)) for name in names if name != "country")  # which every draft has


def _is_of(error: str, names: Iterable[str]) -> bool:
    return any(error == name or error.startswith(f"{name}-") for name in names)


def _says(value: Any) -> bool:
    """A row in which only the operator is chosen says nothing."""
    if isinstance(value, list):
        return any(not isinstance(row, Mapping) or any(text for name, text in row.items() if name != "operator") for row in value)
    return value not in (None, "", {}, Level.PUBLIC)


def doubts(kind: Kind, content: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What an owner should look at again, by field."""
    found: dict[str, list[Any]] = {}
    for doubt in rules.doubts(kind, content):
        found.setdefault(doubt.pointer.strip("/"), []).append(doubt.detail)
    return found


def words() -> dict[str, Any]:
    """What the form's templates call."""
    return {"filled": filled, "level_groups": wording.groups(), "MEANINGS": wording.MEANINGS, "right_rows": ip_rights.blank_rows}


def typed(content: Mapping[str, Any]) -> dict[str, Any]:
    """A version's content as the form's inputs show it."""
    found = {name: value for name, value in content.items() if not name.endswith("_minor") and name != "unknowns"}
    for name in ("amount_min", "amount_max"):
        minor = content[f"{name}_minor"]
        found[name] = None if minor is None else to_text(minor, content["currency"])
    for question in set(content["unknowns"]) & {"trl", "min_trl", "ip_status", "price_mode"}:  # the others are ticked
        found[question] = UNKNOWN
    for name in ("valid_until", "deadline"):
        found[name] = found[name].isoformat() if hasattr(found[name], "isoformat") else found[name]
    found |= {f"level_{group}": level for group, level in content["levels"].items()}
    return found | {"unknown": content["unknowns"]}
