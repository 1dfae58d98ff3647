"""The catalogue's filters as its page shows them: values in the reader's language with their counts, and the address without each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core.i18n import gettext, language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings import queries, searches
from marketplace.listings.drafting_schemas import UNKNOWN
from marketplace.listings.models import Kind
from marketplace.search.bands import BANDS
from marketplace.taxonomy import vocabularies as v

TITLES = {
    "sector": _l("Field"), "field": _l("Field"), "trl": _l("Maturity (TRL)"), "deal_kind": _l("Kind of deal"), "country": _l("Country"),
    "ip_status": _l("Intellectual property"), "price": _l("Price"), "segment": _l("Segment"), "organization": _l("Organisation"), "fair": _l("Fair"),
}  # fmt: skip
ORDERED = {"trl": (*v.TRL.codes, UNKNOWN), "price": (*BANDS, UNKNOWN)}
"""Shown in their own order, all others by how many there are."""
FIRST = 8
"""Values that are shown at once; the rest opens."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value to choose: ``on`` when it is, ``without`` the address that takes it away."""

    name: str
    code: str
    label: str
    count: int
    on: bool
    without: str


@dataclass(frozen=True, slots=True)
class Branch:
    """A sector with its fields."""

    sector: Value
    fields: list[Value]

    @property
    def is_open(self) -> bool:
        return self.sector.on or any(value.on for value in self.fields)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a fieldset of the page holds: values, or branches of a tree."""

    name: str
    title: str
    values: list[Value]
    branches: list[Branch]

    @property
    def first(self) -> list[Value]:
        return self.values if self.name in ORDERED else self.values[:FIRST]

    @property
    def more(self) -> list[Value]:
        return [] if self.name in ORDERED else self.values[FIRST:]


def shown(kind: Kind, query: Mapping[str, Any], counted: Mapping[str, Mapping[str, int]], *, fair: Fair | None) -> list[Filter]:
    """The filters that have something to choose, in the order of the page."""
    made = [_tree(kind, query, counted)]
    for name, counts in counted.items():
        if name in {"sector", "field"} or (name == "ip_status" and kind is Kind.NEED):
            continue
        values = _values(kind, query, name, counts, fair=fair)
        title = gettext("Budget") if name == "price" and kind is Kind.NEED else TITLES[name]
        made.append(Filter(name, str(title), values, []))
    return [each for each in made if each.values or each.branches]


def chosen(every: list[Filter]) -> Iterator[Value]:
    """What is chosen, for the list above the hits."""
    for each in every:
        yield from (value for value in each.values if value.on)
        for branch in each.branches:
            yield from (value for value in (branch.sector, *branch.fields) if value.on)


def _tree(kind: Kind, query: Mapping[str, Any], counted: Mapping[str, Mapping[str, int]]) -> Filter:
    """Sectors in their official order, under each the fields that have listings."""
    branches = []
    for sector in v.SECTORS.values():
        codes = [term.code for term in v.WIPO_FIELDS.values() if term.group == sector.code]
        fields = _made(kind, query, "field", codes, counts=counted["field"], labels={})
        [whole] = _made(kind, query, "sector", [sector.code], counts=counted["sector"], labels={}, empty=True)
        if fields or whole.on:
            branches.append(Branch(whole, sorted(fields, key=lambda value: -value.count)))
    return Filter("field", str(TITLES["field"]), [], branches)


def _values(kind: Kind, query: Mapping[str, Any], name: str, counts: Mapping[str, int], *, fair: Fair | None) -> list[Value]:
    labels: dict[str, str] = {}
    codes = [*ORDERED.get(name, counts), *(code for code in query[name] if code not in counts and name not in ORDERED)]
    if name == "segment":
        labels = {segment.code: localized(segment, "name")[0] for segment in fairs.segments(fair)} if fair else {}
    elif name == "organization":
        labels = queries.owner_names(list(counts))  # a name that no listing shows is not looked up: it may not be public
    elif name == "trl":
        labels = {term.code: f"{term.code} · {term.label(language())}" for term in v.TRL.values()}
    values = _made(kind, query, name, codes, counts=counts, labels={**labels, UNKNOWN: gettext("Unknown")})
    return values if name in ORDERED else sorted(values, key=lambda value: (-value.count, value.code))


def _made(
    kind: Kind, query: Mapping[str, Any], name: str, codes: list[str], *, counts: Mapping[str, int], labels: Mapping[str, str], empty: bool = False
) -> list[Value]:
    return [
        Value(name, code, labels.get(code) or searches.label(name, code), counts.get(code, 0), code in query[name], _without(kind, query, name, code))
        for code in codes
        if empty or counts.get(code) or code in query[name]
    ]


def _without(kind: Kind, query: Mapping[str, Any], name: str, code: str) -> str:
    return searches.address(kind, query, **{name: [other for other in query[name] if other != code]}) if code in query[name] else ""
