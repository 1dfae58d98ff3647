"""Between the catalogue's address and a saved search: its query read, checked, written in one spelling, and put in words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from marketplace.core.fields import refuse
from marketplace.core.forms import from_form
from marketplace.core.i18n import gettext
from marketplace.listings import searches
from marketplace.listings.drafting_schemas import UNKNOWN
from marketplace.listings.models import Kind
from marketplace.listings.schemas import CatalogueIn

LONGEST = 2_000
ANY_FAIR = "any"
CODES = ("sector", "field", "deal_kind", "country", "ip_status", "trl", "price", "segment", "organization")


def loaded(query: str) -> dict[str, Any]:
    """The query of an address as `CatalogueIn` loads it; parameters that are none of the catalogue's are left out, as there.

    Raises ValidationError on the field ``query``.
    """
    schema = CatalogueIn()
    try:
        asked = MultiDict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=200))
        known = {name: value for name, value in from_form(schema, asked).items() if name in schema.fields and value not in ("", [])}
        found: dict[str, Any] = schema.load(known)
    except (ValidationError, ValueError) as error:
        raise refuse("search", gettext("This is not a search of the catalogue."), "query") from error
    if found["segment"] and found["fair"] == ANY_FAIR:
        raise refuse("segment_without_fair", gettext("A segment belongs to a fair: choose one."), "query")
    return found


def unknown(query: str) -> list[str]:
    """The parameters of a query that the catalogue does not have, in the order in which they stand there; none of what is no query."""
    known = {*CatalogueIn().fields, *searches.PAGING}
    try:
        asked = parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return []
    return list(dict.fromkeys(name for name, _ in asked if name not in known))


def readable(query: str) -> dict[str, Any]:
    """A saved query as it loads now; what the catalogue knows no more is shown as it was written."""
    try:
        return loaded(query)
    except ValidationError:
        return {"q": query}


def address(kind: Kind, query: str, sort: str) -> str:
    """The path and query under which the catalogue shows the search."""
    parts = [part for part in (query, "" if sort == "relevance" else f"sort={sort}") if part]
    return f"/{kind.value}s" + (f"?{'&'.join(parts)}" if parts else "")


def words(query: Mapping[str, Any], *, fairs: Mapping[str, str]) -> list[str]:
    """What was chosen, each in the reader's language. ``fairs`` are names by slug; a slug that it lacks is shown as it is."""
    parts: list[str] = [f"“{query['q']}”"] if query.get("q") else []
    parts += [_label(name, code) for name in CODES for code in query.get(name) or ()]
    shown = {*CODES, *searches.PAGING, "q", "fair"}
    parts += [f"{name}: {value}" for name, value in query.items() if name not in shown and value not in (None, "", [])]
    if fair := query.get("fair"):
        parts.append(gettext("all fairs") if fair == ANY_FAIR else fairs.get(fair, fair))
    return parts


def _label(name: str, code: str) -> str:
    if code == UNKNOWN:
        return {"trl": gettext("TRL unknown"), "price": gettext("price unknown")}.get(name, gettext("unknown"))
    return f"{gettext('Price')} {searches.label(name, code)}" if name == "price" else searches.label(name, code)


def proposed_name(kind: Kind, query: Mapping[str, Any], *, fairs: Mapping[str, str]) -> str:
    """A name made of what was chosen, at most 80 characters."""
    typed = [query["q"]] if query.get("q") else []
    chosen = words({name: value for name, value in query.items() if name not in {"q", "fair"}}, fairs=fairs)
    every = gettext("All needs") if kind is Kind.NEED else gettext("All achievements")
    name = " · ".join([*typed, *chosen]) or every
    return name if len(name) <= 80 else f"{name[:79].rstrip()}…"
