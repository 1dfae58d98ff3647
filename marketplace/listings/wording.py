"""A listing's content in a reader's words: one value, and what changed between two versions."""

from collections.abc import Mapping
from typing import Any

from marketplace.core.i18n import gettext, language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import to_text
from marketplace.listings import ip_rights, parameters, rules
from marketplace.listings.levels import Level
from marketplace.taxonomy import vocabularies as v

VOCABULARIES = {
    "technology_codes": v.WIPO_FIELDS, "deal_kinds": v.DEAL_KINDS, "exclusivity": v.EXCLUSIVITY, "country": v.COUNTRIES,
    "target_countries": v.COUNTRIES, "excluded_countries": v.COUNTRIES, "territory": v.COUNTRIES, "partner_kinds": v.PARTNER_KINDS,
    "stage": v.STAGES, "languages": v.LANGUAGES, "ip_status": v.IP_STATUS, "price_mode": v.PRICE_MODES, "source_country": v.COUNTRIES,
    "co_owner_consent": v.CO_OWNER_CONSENT, "export_control": v.EXPORT_CONTROL, "sdg": v.SDG,
}  # fmt: skip
TEXTS = {"title", "summary", "description", "advantages", "requirement", "cost_comparison", "partner_role"}
AUDIENCES = {
    Level.PUBLIC: _l("Everybody"), Level.REGISTERED: _l("Registered visitors"), Level.AFTER_INTEREST: _l("Whose interest you accepted"),
    Level.AFTER_NDA: _l("Who agreed to secrecy"), Level.NEVER: _l("Nobody but you"),
}  # fmt: skip
"""Who reads a part, in its owner's words."""
MEANINGS = {
    Level.PUBLIC: _l("Anybody, also without signing in; search engines and portals take it up."),
    Level.REGISTERED: _l("Whoever is signed in. Moderators read it too."),
    Level.AFTER_INTEREST: _l("Organisations whose interest in this listing you accepted, until the talks end."),
    Level.AFTER_NDA: _l("Of those, the ones under an agreement of secrecy that is in force. Each reading is logged for you."),
    Level.NEVER: _l("Your own organisation. For a budget or price you only want to keep at hand."),
}
TOLD = {
    Level.REGISTERED: _l("told to registered visitors"), Level.AFTER_INTEREST: _l("told once the owner accepts your interest"),
    Level.AFTER_NDA: _l("told under an agreement of secrecy"), Level.NEVER: _l("not told"),
}  # fmt: skip
"""What stands where a reader may not read a part."""


def groups() -> Mapping[str, str]:
    """What a group of columns with a level of its own is called."""
    return {
        "description": gettext("Description"), "advantages": gettext("Advantages"), "requirement": gettext("Requirements"),
        "cost_comparison": gettext("Cost compared"), "partner_role": gettext("Role of the partner"), "price": gettext("Price or budget"),
        "parameters": gettext("Measurable parameters"), "ip_rights": gettext("Rights"), "source": gettext("Source"), "video": gettext("Video"),
    }  # fmt: skip


def change(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """One changed column of two versions: its ``label``, and ``pieces`` of text (`rules.text_changes`) or ``old`` and ``new`` in words."""
    before, after = old[name], new[name]
    if name.rsplit("_", 1)[0] in TEXTS and before and after:
        return {"label": rules.label_of(name), "pieces": rules.text_changes(before, after)}
    return {"label": rules.label_of(name), "old": in_words(name, before, old), "new": in_words(name, after, new)}


def in_words(name: str, value: Any, content: Mapping[str, Any]) -> str:
    """A column's value as a reader reads it; empty when nothing is stated."""
    if value in (None, [], {}):
        return ""
    if name in VOCABULARIES:
        return ", ".join(_term(name, code) for code in (value if isinstance(value, list) else [value]))
    if name.endswith("_minor"):
        return f"{content['currency']} {to_text(value, content['currency'])}"
    if name == "parameters":
        return "; ".join(f"{row} {condition}" for row, condition, _ in parameters.lines(value))
    if name == "ip_rights":
        return "; ".join(ip_rights.lines(value))
    if name == "levels":
        return "; ".join(f"{groups()[group]}: {AUDIENCES[Level(level)]}" for group, level in sorted(value.items()))
    if name == "files":
        return "; ".join(f"{row.get('title') or row['file']} ({AUDIENCES[Level(row['level'])]})" for row in value)
    if name == "unknowns":
        return ", ".join(gettext("Budget") if each == "budget" else rules.label_of(each) for each in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _term(name: str, code: str) -> str:
    return str(gettext("none of them")) if name == "sdg" and code == "none" else VOCABULARIES[name].label(code, language())
