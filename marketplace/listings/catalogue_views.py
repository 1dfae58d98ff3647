"""Pages of the catalogue: search, filters with their counts, and what is found."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from marshmallow import ValidationError

from marketplace.core import pages
from marketplace.core.access import PUBLIC, reads
from marketplace.core.caching import shared
from marketplace.core.errors import Malformed, NotFound
from marketplace.core.forms import from_form
from marketplace.core.i18n import gettext, language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.problems import messages_to_errors
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.fairs.shown import shown
from marketplace.listings import browsing, excerpts
from marketplace.listings.models import Kind
from marketplace.listings.schemas import UNKNOWN, CatalogueIn
from marketplace.taxonomy import vocabularies as v

ANY_FAIR = "any"
FACET_WORDS = {
    "field": (_l("Field"), v.WIPO_FIELDS), "trl": (_l("Maturity (TRL)"), v.TRL), "deal_kind": (_l("Kind of deal"), v.DEAL_KINDS),
    "country": (_l("Country"), v.COUNTRIES), "ip_status": (_l("Intellectual property"), v.IP_STATUS),
}  # fmt: skip


@reads(PUBLIC)
def achievements() -> Response:
    return _catalogue(Kind.ACHIEVEMENT)


@reads(PUBLIC)
def needs() -> Response:
    return _catalogue(Kind.NEED)


def _catalogue(kind: Kind) -> Response:
    """Search, filters with their counts, and a page of hits; of the current fair unless another one is chosen."""
    query = _query()
    fair = _chosen_fair(query["fair"])
    found = browsing.browse(kind, query, fair=fair, bound_to=pages.bound(), facets=True, texts=True)
    every = fairs.everyone()
    facets = [_facet(name, found.facets[name], query[name], fair) for name in browsing.FACETS if found.facets is not None and not (name == "ip_status" and kind is Kind.NEED)]
    page = render_template(
        "listings/catalogue.html", kind=kind, found=found, query=query, fair=fair, fairs=every, facets=[facet for facet in facets if facet["values"]],
        chosen=[choice for facet in facets for choice in facet["values"] if choice["on"]], marked=excerpts.marked, teaser=_teaser, page=found,
    )  # fmt: skip
    return shared(make_response(page), apart_from=found.next, keep=True)


def _query() -> dict[str, Any]:
    """The address's parameters as `CatalogueIn` loads them; unknown ones are somebody else's. Raises Malformed."""
    schema = CatalogueIn()
    known = {name: value for name, value in from_form(schema, request.args).items() if name in schema.fields and value not in ("", [])}
    try:
        return schema.load(known)  # type: ignore[no-any-return]
    except ValidationError as error:
        raise Malformed(errors=messages_to_errors(error.messages)) from error


def _chosen_fair(slug: str | None) -> Fair | None:
    if slug == ANY_FAIR:
        return None
    if slug:
        return shown(slug)
    try:
        return shown()
    except NotFound:
        return None


def _facet(name: str, counts: dict[str, int], chosen: list[str], fair: Fair | None) -> dict[str, Any]:
    """A filter as the page shows it: values with label and count, chosen ones and the frequent ones first."""
    if name == "segment":
        title, labels = gettext("Segment"), {segment.code: localized(segment, "name")[0] for segment in fairs.segments(fair)} if fair else {}
    else:
        title, terms = FACET_WORDS[name]
        pattern, reader = "{0} · {1}" if name == "trl" else "{1}", language()
        labels = {term.code: pattern.format(term.code, term.label(reader)) for term in terms.values() if term.code in counts or term.code in chosen}
    labels = {**labels, UNKNOWN: gettext("Unknown")}
    codes = [code for code in labels if counts.get(code) or code in chosen]
    if name != "trl":
        codes.sort(key=lambda code: (-counts.get(code, 0), code))
    values = [{"name": name, "code": code, "label": labels[code], "count": counts.get(code, 0), "on": code in chosen} for code in codes]
    return {"name": name, "title": title, "values": values, "first": 8 if name != "trl" else 10}


def _teaser(row: dict[str, Any], words_found: list[str]) -> tuple[list[excerpts.Piece], str]:
    """What a hit shows below its title, and its language: the summary, else the part of the description with the words."""
    text, code = localized(row, "summary")
    if not text:
        text, code = localized(row, "description")
    return excerpts.excerpt(text, words_found), code


def attach(bp: Blueprint) -> None:
    """Put the catalogue's pages onto the blueprint of listings."""
    bp.get("/achievements")(achievements)
    bp.get("/needs")(needs)
