"""Pages of the catalogue: search, filters with their counts, and what is found."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request
from marshmallow import ValidationError

from marketplace.core import pages
from marketplace.core.access import PUBLIC, reads
from marketplace.core.caching import shared
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.forms import from_form
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.problems import messages_to_errors
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.fairs.shown import shown
from marketplace.listings import browsing, excerpts, filters, searches
from marketplace.listings.models import Kind
from marketplace.listings.schemas import CatalogueIn
from marketplace.search.helping import Without

ANY_FAIR = "any"
SORTS = {
    "relevance": _l("best match first"), "newest": _l("newest first"), "maturity": _l("most mature first"), "price": _l("lowest price first"),
    "closing": _l("ending soonest first"),
}  # fmt: skip


@reads(PUBLIC)
def achievements() -> Response:
    return _catalogue(Kind.ACHIEVEMENT)


@reads(PUBLIC)
def needs() -> Response:
    return _catalogue(Kind.NEED)


def _catalogue(kind: Kind) -> Response:
    """Search, filters with their counts, and a page of hits; of the current fair unless another one is chosen."""
    query = asked_query()
    fair = chosen_fair(query["fair"])
    found = browsing.browse(kind, query, fair=fair, bound_to=pages.bound(), facets=True, texts=True)
    every = filters.shown(kind, query, found.facets, fair=fair) if found.facets is not None else []
    link = str(current_app.config["SETTINGS"].public_url).rstrip("/") + searches.address(kind, query)
    page = render_template(
        "listings/catalogue.html", kind=kind, found=found, query=query, fair=fair, fairs=fairs.everyone(), filters=every, chosen=list(filters.chosen(every)),
        sorts=SORTS, marked=excerpts.marked, teaser=excerpts.teaser, page=found, link=link, instead=[_instead(kind, query, found, one) for one in found.instead],
        meant=found.meant and searches.address(kind, query, q=found.meant), cleared=_cleared(kind, query),
    )  # fmt: skip
    return shared(make_response(page), apart_from=found.next, keep=True)


def _instead(kind: Kind, query: dict[str, Any], found: browsing.Found, one: Without) -> dict[str, Any]:
    """A way out where nothing was found: what is left out, how many listings that shows, and where."""
    if one.unit is not None and found.asked is not None:
        text = searches.without_part(query["q"], [unit.shown for unit in found.asked.units], one.unit)
        return {"word": one.unit, "total": one.total, "address": searches.address(kind, query, q=text)}
    if one.facet == "fair":
        return {"title": filters.TITLES["fair"], "total": one.total, "address": searches.address(kind, query, fair=ANY_FAIR, segment=[])}
    name = browsing.PARAMETERS[one.facet or ""]
    dropped: dict[str, Any] = {"sector": [], "field": []} if name in {"sector", "field"} else {name: []}
    return {"title": filters.TITLES[name], "total": one.total, "address": searches.address(kind, query, **dropped)}


def _cleared(kind: Kind, query: dict[str, Any]) -> str:
    """The address without any filter: the words, the fair and the order stay."""
    return searches.address(kind, query, **{name: [] for name in browsing.FACETS})


def asked_query() -> dict[str, Any]:
    """The address's parameters as `CatalogueIn` loads them; unknown ones are somebody else's. Raises Malformed."""
    schema = CatalogueIn()
    known = {name: value for name, value in from_form(schema, request.args).items() if name in schema.fields and value not in ("", [])}
    try:
        return schema.load(known)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise Malformed(errors=messages_to_errors(error.messages)) from error


def chosen_fair(slug: str | None) -> Fair | None:
    if slug == ANY_FAIR:
        return None
    if slug:
        return shown(slug)
    try:
        return shown()
    except NotFound:
        return None


def attach(bp: Blueprint) -> None:
    """Put the catalogue's pages onto the blueprint of listings."""
    bp.get("/achievements")(achievements)
    bp.get("/needs")(needs)
