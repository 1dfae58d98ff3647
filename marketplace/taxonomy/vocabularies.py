"""The vocabularies: codes with English and Chinese labels, read from the data files when first used."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from marketplace.taxonomy.ordering import alphabetical


def _is_chinese(locale: str) -> bool:
    return locale.lower().startswith("zh")


def rows(name: str) -> list[dict[str, str]]:
    """The rows of ``data/<name>.csv`` in the order of the file, keyed by its header; every value is text."""
    text = resources.files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(), strict=True))


@dataclass(frozen=True, slots=True)
class Term:
    """A code and its labels; ``group`` is the code of the broader term, where the vocabulary has one."""

    code: str
    en: str
    zh: str
    group: str | None = None

    def label(self, locale: str) -> str:
        """The Chinese label for every locale that begins with ``zh``, else the English one."""
        return self.zh if _is_chinese(locale) else self.en


class Vocabulary(Mapping[str, Term]):
    """Terms by code, in the official order, loaded on first use. Those ``by_name`` (countries, languages) are in the order of
    their English names, and chosen from in that of the reader's language."""

    def __init__(self, name: str, load: Callable[[], Iterable[Term]] | None = None, *, by_name: bool = False) -> None:
        self.name, self.by_name = name, by_name
        self._load = load or self._read

    def _read(self) -> Iterator[Term]:
        for row in rows(self.name):
            yield Term(row["code"], row["en"], row["zh"], row.get("group"))

    @cached_property
    def _terms(self) -> dict[str, Term]:
        return {term.code: term for term in self._load()}

    def __getitem__(self, code: str) -> Term:
        return self._terms[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self._terms)

    def __repr__(self) -> str:
        return f"Vocabulary({self.name!r})"

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order."""
        return tuple(self._terms)

    def choices(self, locale: str) -> list[tuple[str, str]]:
        """Pairs of code and label for a select field, in order."""
        pairs = [(term.code, term.label(locale)) for term in self.values()]
        return sorted(pairs, key=lambda pair: alphabetical(pair[1], locale)) if self.by_name else pairs

    def label(self, code: str | None, locale: str) -> str:
        """The label of ``code``; "unknown" or "未知" for ``None``. Raises KeyError for a code that is not here."""
        if code is None:
            return "未知" if _is_chinese(locale) else "unknown"
        return self[code].label(locale)


def _by_english_name(terms: Iterable[Term]) -> list[Term]:
    return sorted(terms, key=lambda term: alphabetical(term.en, "en"))


# pycountry and babel take longer to import than the rest of this package together, and most processes that import it
# never name a country: hence the imports inside the functions below.
def _countries() -> list[Term]:
    import pycountry
    from babel import Locale

    en, zh = Locale("en").territories, Locale("zh").territories
    codes = (country.alpha_2 for country in pycountry.countries)
    return _by_english_name(Term(code, en[code], zh[code]) for code in codes)


def _languages() -> list[Term]:
    from babel import Locale
    from babel.languages import get_official_languages

    tags = {tag for country in COUNTRIES for tag in get_official_languages(country, de_facto=True)}
    codes = {tag.split("_")[0] for tag in tags}
    en, zh = Locale("en").languages, Locale("zh").languages
    return _by_english_name(Term(code, en[code], zh[code]) for code in codes if len(code) == 2)


def _offices() -> list[Term]:
    named = [Term(row["code"], row["en"], row["zh"]) for row in rows("offices")]
    return named + [term for term in COUNTRIES.values() if term.code not in {office.code for office in named}]


SECTORS = Vocabulary("sectors")
"""The five sectors of WIPO's technology fields."""
WIPO_FIELDS = Vocabulary("wipo_fields")
"""WIPO's 35 technology fields, "1" to "35"; the group is the sector."""
CHINA_FIELDS = Vocabulary("china_fields")
"""The eleven fields of China's technology contract registration (技术合同认定登记); the codes are ours."""
TRL = Vocabulary("trl")
"""Technology readiness levels "1" to "9", as in the EU's Horizon programmes."""
GBT_LEVELS = Vocabulary("gbt_levels")
"""The names GB/T 22900 gives to the same nine levels, by the same codes."""
DEAL_KINDS = Vocabulary("deal_kinds")
"""What a contract or negotiation is about; the group is ``technology`` (Civil Code, five kinds) or ``industrial``."""
DEAL_KINDS_2020 = Vocabulary("deal_kinds_2020")
"""The kinds of deal as counted up to 2020, when a licence was a kind of transfer; see ``deal_kind_2020``."""
EXCLUSIVITY = Vocabulary("exclusivity")
"""How far a licence shuts out others: ``exclusive`` also the owner, ``sole`` all but the owner."""
IP_KINDS = Vocabulary("ip_kinds")
"""What a contract is about (知识产权类型), as China's registration of technology contracts asks it; the codes are ours."""
IP_STATUS = Vocabulary("ip_status")
RIGHT_KINDS = Vocabulary("right_kinds")
"""Kinds of right of intellectual property that an achievement rests on."""
OFFICES = Vocabulary("offices", _offices)
"""Where a right was filed, by WIPO's standard ST.3: the offices most rights come from, then every country's."""
CO_OWNER_CONSENT = Vocabulary("co_owner_consent")
EXPORT_CONTROL = Vocabulary("export_control")
"""What the rules on the export of technology say."""
LEGAL_TYPES = Vocabulary("legal_types")
"""What a buyer or seller is (买方、卖方性质), by the three-digit codes of China's registration form."""
PLAN_CATEGORIES = Vocabulary("plan_categories")
"""The government programme a deal belongs to (计划类别); the codes are ours."""
PURPOSES = Vocabulary("purposes")
"""The social and economic purpose (社会经济目标); the codes are ours."""
STAGES = Vocabulary("stages")
"""Stages of development."""
PARTNER_KINDS = Vocabulary("partner_kinds")
PRICE_MODES = Vocabulary("price_modes")
ORGANIZATION_KINDS = Vocabulary("organization_kinds")
DECLINE_REASONS = Vocabulary("decline_reasons")
"""Why an interest was declined."""
LOST_REASONS = Vocabulary("lost_reasons")
"""Why a negotiation ended without a contract."""
DISMISS_REASONS = Vocabulary("dismiss_reasons")
"""Why an organisation puts a suggested match away; ``other`` is said in a note."""
SDG = Vocabulary("sdg")
"""The United Nations' Sustainable Development Goals, "1" to "17"."""
REGIONS = Vocabulary("regions")
"""China's 34 provincial regions by the two-digit codes of GB/T 2260."""
COUNTRIES = Vocabulary("countries", _countries, by_name=True)
"""Countries and territories by ISO 3166-1 alpha-2 code; names from CLDR."""
LANGUAGES = Vocabulary("languages", _languages, by_name=True)
"""Languages of work: those with an ISO 639-1 code that are official in some country, by CLDR."""


@cache
def _column(file: str, key: str, value: str) -> dict[str, str]:
    return {row[key]: row[value] for row in rows(file)}


def china_field_of(wipo_code: str) -> str:
    """The China field a WIPO field is rolled up into by default. Raises KeyError for an unknown WIPO code.

    WIPO's fields are too broad to tell aerospace or nuclear applications apart, so these two are never a default.
    """
    return _column("wipo_to_china", "wipo", "china")[wipo_code]


def deal_kind_2020(kind: str) -> str:
    """The code of ``DEAL_KINDS_2020`` a kind of deal was counted under up to 2020. Raises KeyError if unknown.

    The Civil Code, in force since 2021-01-01, made the licence (技术许可) a kind of its own.
    """
    return _column("deal_kinds", "code", "kind_2020")[kind]


_FOREIGN_COUNTRY_CODES = {"UK": "GB", "EL": "GR"}
"""What the European Union's data files write instead of the ISO code."""


def normalise_country(text: str) -> str:
    """The ISO alpha-2 code for a code found in an imported file; case and outer blanks do not matter.

    Takes alpha-2 and alpha-3 codes and the European Union's UK and EL. For imports only: everywhere else a country is
    looked up in ``COUNTRIES``, which knows no second spelling. Raises ValueError for anything else.
    """
    import pycountry

    code = text.strip().upper()
    code = _FOREIGN_COUNTRY_CODES.get(code, code)
    if code in COUNTRIES:
        return code
    country = pycountry.countries.get(alpha_3=code) if code else None
    if country is None:
        raise ValueError(f"not a country code: {text!r}")
    return str(country.alpha_2)


def currency_name(code: str, locale: str) -> str:
    """The name of an ISO 4217 currency in Chinese or English. Raises KeyError for an unknown code.

    From CLDR; ``data/currency_names.csv`` names the few of ISO 4217 that CLDR lacks in one of the two.
    """
    from babel import Locale

    language = "zh" if _is_chinese(locale) else "en"
    names = Locale(language).currencies
    return str(names[code]) if code in names else _column("currency_names", "code", language)[code]
