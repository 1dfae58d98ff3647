"""A search of the catalogue as its address says it: one spelling, other addresses made of it, and its choices in words."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from marketplace.core.i18n import gettext, language
from marketplace.core.money import short_rounded
from marketplace.listings.drafting_schemas import UNKNOWN
from marketplace.listings.indexing import COMPARED_IN
from marketplace.listings.models import Kind
from marketplace.search import bands
from marketplace.taxonomy import vocabularies as v

PAGING = frozenset({"limit", "cursor", "facets", "sort"})
"""What only turns or orders pages is no part of a search."""
VOCABULARIES = {"sector": v.SECTORS, "field": v.WIPO_FIELDS, "deal_kind": v.DEAL_KINDS, "country": v.COUNTRIES, "ip_status": v.IP_STATUS}


def canonical(query: Mapping[str, Any]) -> str:
    """The query of the catalogue's address, in one spelling: blank parameters left out, names and values in order.

    ``query`` is what `listings.schemas.CatalogueIn` loads.
    """
    parts: list[tuple[str, str]] = []
    for name in sorted(query):
        value = query[name]
        if name in PAGING or value is None or value == "" or value == []:
            continue
        values = sorted(str(each) for each in value) if isinstance(value, list) else [str(value)]
        parts += [(name, each) for each in values]
    return urlencode(parts)


def address(kind: Kind, query: Mapping[str, Any], **changes: Any) -> str:
    """The path and query under which the catalogue shows a search, some of its parameters changed; the first page of it."""
    asked = {**query, **changes}
    sort = asked.get("sort") or "relevance"
    parts = [part for part in (canonical(asked), "" if sort == "relevance" else f"sort={sort}") if part]
    return f"/{kind.value}s" + (f"?{'&'.join(parts)}" if parts else "")


def label(name: str, code: str) -> str:
    """A value that a filter can have, in the reader's language; one that needs the database (segment, organisation) as it is."""
    if code == UNKNOWN:
        return gettext("TRL unknown") if name == "trl" else gettext("Unknown")
    if name == "trl":
        return f"TRL {code}"
    if name == "price":
        return _band(code)
    return VOCABULARIES[name].label(code, language()) if name in VOCABULARIES else code


def _band(code: str) -> str:
    low, high = (None if edge is None else _amount(edge) for edge in bands.edges(code))
    if high is None:
        return gettext("from %(low)s", low=low)
    return gettext("below %(high)s", high=high) if code == bands.BANDS[0] else gettext("%(low)s to %(high)s", low=low, high=high)


def _amount(whole: int) -> str:
    number, unit = short_rounded(whole * 100, COMPARED_IN, locale=language())
    return f"{number}{unit}" if language() == "zh" else f"{number} {unit}"


def without_part(text: str, units: Iterable[str], left_out: str) -> str:
    """The text again without one of its units."""
    return " ".join(unit for unit in units if unit != left_out) or text
