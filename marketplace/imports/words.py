"""Words of people for codes of vocabularies, and what was probably meant where neither fits."""

import re
from datetime import datetime
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES
from marketplace.taxonomy import vocabularies as v

ONE: dict[str, v.Vocabulary] = {
    "exclusivity": v.EXCLUSIVITY, "country": v.COUNTRIES, "source_country": v.COUNTRIES, "stage": v.STAGES, "ip_status": v.IP_STATUS,
    "price_mode": v.PRICE_MODES, "co_owner_consent": v.CO_OWNER_CONSENT, "export_control": v.EXPORT_CONTROL, "trl": v.TRL, "min_trl": v.TRL,
}  # fmt: skip
SEVERAL: dict[str, v.Vocabulary] = {
    "technology_codes": v.WIPO_FIELDS, "deal_kinds": v.DEAL_KINDS, "target_countries": v.COUNTRIES, "excluded_countries": v.COUNTRIES,
    "territory": v.COUNTRIES, "partner_kinds": v.PARTNER_KINDS, "languages": v.LANGUAGES, "sdg": v.SDG,
}  # fmt: skip
VOCABULARIES: dict[str, v.Vocabulary] = ONE | SEVERAL
"""The fields whose cells may hold a label instead of a code, in either language."""
LIKE = 70
UNKNOWN_WORDS = {"unknown", "未知", "不详"}
_COUNTRIES_OF_OTHERS = {"country", "source_country"}
_LEVEL = re.compile(r"(?:trl\s*)?([1-9])(?:\s*级)?", re.IGNORECASE)


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())


@cache
def _by_label(field: str) -> dict[str, str]:
    """Codes by their folded labels in both languages."""
    terms = VOCABULARIES[field].values()
    return {_folded(word): term.code for term in terms for word in (term.en, term.zh, term.code)}


@lru_cache(maxsize=50_000)
def coded(field: str, text: str) -> str:
    """The code or codes of a cell; what is neither code nor label stays for the schema to refuse."""
    if field in ONE:
        return _one(field, text)
    codes = VOCABULARIES[field]
    parts = [part for part in re.split(r"[\s,;，；、]+", text) if part]
    if all(part in codes for part in parts):
        return text
    for separators in (r"[;；、\n|]", r"[,，;；、\n|]"):
        found = [_by_label(field).get(_folded(part), part.strip()) for part in re.split(separators, text) if part.strip()]
        if all(code in codes for code in found):
            return " ".join(found)
    return " ".join(_by_label(field).get(_folded(part), part) for part in parts)


def _one(field: str, text: str) -> str:
    stripped = text.strip()
    if stripped in VOCABULARIES[field]:
        return stripped
    if field in {"trl", "min_trl"} and (level := _LEVEL.fullmatch(stripped)):
        return level[1]
    if _folded(stripped) in UNKNOWN_WORDS:
        return "unknown"
    if (code := _by_label(field).get(_folded(stripped))) is not None:
        return code
    if field in _COUNTRIES_OF_OTHERS and stripped:
        try:
            return v.normalise_country(stripped)
        except ValueError:
            return text
    return text


@lru_cache(maxsize=5_000)
def suggested(field: str, value: str, fault: str) -> str:
    """What to write instead, in a few words; empty when nothing is near."""
    if fault == "code_unknown" and field == "currency":
        return _nearest({code.casefold(): code for code in CURRENCIES} | {"rmb": "CNY", "yuan": "CNY", "元": "CNY", "人民币": "CNY", "€": "EUR", "$": "USD", "£": "GBP"}, value)
    if fault == "code_unknown" and field in VOCABULARIES:
        parts = [part for part in re.split(r"[\s,;，；、]+", value) if part and part not in VOCABULARIES[field]]
        for part in (value, *parts):
            if near := _nearest(_by_label(field), part):
                return near
        return ""
    if fault in {"amount_format", "currency_exponent"}:
        plain = re.sub(r"[\s,'，]|[A-Z]{3}|[€$£¥]", "", value)
        return plain if fault == "amount_format" and re.fullmatch(r"[0-9]+(\.[0-9]+)?", plain) and plain != value else ""
    if fault == "day":
        return _day(value)
    if fault in {"whole", "whole_range"} and field in {"trl", "min_trl"}:
        digits = re.findall(r"[1-9]", value)
        return digits[0] if len(digits) == 1 and "." not in value and "-" not in value and not re.search(r"[0-9]{2}", value) else ""
    if fault == "currency_missing":
        return gettext("such as CNY")
    return ""


def _nearest(choices: dict[str, str], word: str) -> str:
    best = process.extractOne(_folded(word), list(choices), scorer=fuzz.WRatio if len(word) > 3 else fuzz.ratio, score_cutoff=LIKE)
    return choices[best[0]] if best is not None else ""


def _day(text: str) -> str:
    """Both readings of a day that can be read in two ways."""
    found = []
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y%m%d"):
        try:
            found.append(datetime.strptime(text.strip(), form).date().isoformat())  # noqa: DTZ007
        except ValueError:
            continue
    return gettext(" or ").join(dict.fromkeys(found))
