"""A listing's content in words: one value, and what changed between two versions."""

from collections.abc import Mapping
from typing import Any

from marketplace.core.i18n import gettext, language
from marketplace.core.money import to_text
from marketplace.listings import ip_rights, parameters, rules
from marketplace.listings.levels import Level
from marketplace.listings.wording import AUDIENCES, groups
from marketplace.taxonomy import vocabularies as v

VOCABULARIES = {
    "technology_codes": v.WIPO_FIELDS, "deal_kinds": v.DEAL_KINDS, "exclusivity": v.EXCLUSIVITY, "country": v.COUNTRIES,
    "target_countries": v.COUNTRIES, "excluded_countries": v.COUNTRIES, "territory": v.COUNTRIES, "partner_kinds": v.PARTNER_KINDS,
    "stage": v.STAGES, "languages": v.LANGUAGES, "ip_status": v.IP_STATUS, "price_mode": v.PRICE_MODES, "source_country": v.COUNTRIES,
    "co_owner_consent": v.CO_OWNER_CONSENT, "export_control": v.EXPORT_CONTROL, "sdg": v.SDG,
}  # fmt: skip
TEXTS = {"title", "summary", "description", "advantages", "requirement", "cost_comparison", "partner_role"}


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
        return parameters.to_text(value)
    if name == "ip_rights":
        return "; ".join(f"{named}, {number}{known}" if number else f"{named}{known}" for named, number, known in ip_rights.lines(value))
    if name == "levels":
        return "; ".join(f"{groups()[group]}: {AUDIENCES[Level(level)]}" for group, level in sorted(value.items()))
    if name == "files":
        return "; ".join(f"{row.get('title') or row['file']} ({AUDIENCES[Level(row['level'])]})" for row in value)
    if name == "unknowns":
        return ", ".join(gettext("Budget") if each == "budget" else rules.label_of(each) for each in value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _term(name: str, code: str) -> str:
    return str(gettext("none of them")) if name == "sdg" and code == "none" else VOCABULARIES[name].label(code, language())
