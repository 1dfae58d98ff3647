"""Every list and report as a file: XLSX, CSV or PDF, with the rights, the filter and the moment of its page."""

from typing import Any

from flask import request

from marketplace.contracts import queries as contracts
from marketplace.contracts import views as desk
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads
from marketplace.core.db import snapshot
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext as _
from marketplace.core.sheets import sending
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.imports import exporting
from marketplace.imports import sending as files
from marketplace.listings import catalogue_views
from marketplace.listings.models import Kind
from marketplace.reports import lists, published, record, registration, totals
from marketplace.reports.views import bp, read_total

NO_FAIR_ZONE = "UTC"


@bp.get("/contracts/export.<format>")
@reads("contracts.read")
def export_contracts(format: str) -> Any:
    """The contracts that one reads, filtered as on their page."""
    sending.chosen(format)
    actor = current_actor()
    snapshot()
    fair = desk.desk_fair(actor)
    if request.args.get("fair") and fair is None:
        raise NotFound()
    chosen, words = desk.chosen_filters(), desk.words()
    query = contracts.contracts(by=actor, fair_id=fair.id if fair else None, **desk.filters_of(chosen))
    labels = {"status": _("Status"), "class": _("Class"), "place": _("Where and when"), "mark": _("After verification")}
    named = {labels[name]: words[name][code] for name, code in chosen.items() if code}
    zone = fair.time_zone if fair else NO_FAIR_ZONE
    return sending.answer(lists.contracts_book(query, fair=fair, words=words, chosen=named, zone=zone), format, zone=zone)


@bp.get("/staff/fairs/<slug>/ledger/export.<format>")
@reads("ledger.read")
def export_ledger(slug: str, format: str) -> Any:
    """Every voucher of a fair, for its staff."""
    sending.chosen(format)
    actor = current_actor()
    snapshot()
    fair = fairs.by_slug(slug)
    if not actor.may("ledger.read", fair_id=fair.id):
        raise NotFound()
    return sending.answer(lists.vouchers_book(fair), format, zone=fair.time_zone)


@bp.get("/staff/fairs/<slug>/registration/export.<format>")
@reads("contracts.read")
def export_registration(slug: str, format: str) -> Any:
    """The registration form of the fair's verified technology contracts, for its staff; too wide for paper."""
    if sending.chosen(format) == "pdf":
        raise NotFound()
    actor = current_actor()
    snapshot()
    fair = fairs.by_slug(slug)
    if fair.id not in actor.fairs_where("contracts.read"):
        raise NotFound()
    return sending.answer(registration.book(fair, by=actor), format, zone=fair.time_zone)


@bp.get("/fairs/<slug>/export.<format>")
@reads(PUBLIC)
def export_total(slug: str, format: str) -> Any:
    """The total of a scope with everything beside it and its breakdowns: the staff's or the public view, as on its page."""
    sending.chosen(format)
    stranger = current_actor_or_none() is None
    snapshot()
    fair = shown.shown(slug)
    return sending.answer(totals.total_book(read_total(fair)), format, zone=fair.time_zone, confidential=not stranger)


@bp.get("/fairs/<slug>/record/export.<format>")
@reads(PUBLIC)
def export_record(slug: str, format: str) -> Any:
    """The record: as published, and as our ledger counts it."""
    sending.chosen(format)
    stranger = current_actor_or_none() is None
    snapshot()
    fair = shown.shown(slug)
    return sending.answer(totals.record_book(fair, record.lines(fair)), format, zone=fair.time_zone, confidential=not stranger)


@bp.get("/figures/export.<format>")
@reads(PUBLIC)
def export_figures(format: str) -> Any:
    """The published figures of a fair: the one in the address, else the current one."""
    sending.chosen(format)
    stranger = current_actor_or_none() is None
    snapshot()
    fair = shown.shown(request.args.get("fair") or None)
    return sending.answer(published.figures_book(fair), format, zone=fair.time_zone, confidential=not stranger)


@bp.get("/achievements/export.<format>")
@reads(PUBLIC)
def export_achievements(format: str) -> Any:
    """The public achievements of a fair, as the catalogue filters them; all but the PDF can be imported again."""
    return _listings(Kind.ACHIEVEMENT, format)


@bp.get("/needs/export.<format>")
@reads(PUBLIC)
def export_needs(format: str) -> Any:
    """The public needs of a fair, as the catalogue filters them; all but the PDF can be imported again."""
    return _listings(Kind.NEED, format)


def _listings(kind: Kind, format: str) -> Any:
    """Paper for people; the others are files that can be imported again. Filtered as the catalogue's page is."""
    if format == "pdf":
        sending.chosen(format)
    else:
        files.chosen(format)
    stranger = current_actor_or_none() is None
    snapshot()
    query = catalogue_views.asked_query()
    fair = catalogue_views.chosen_fair(query["fair"]) or shown.shown(None)
    only = files.found_ids(kind, query, fair=fair)
    said = files.in_words(query)
    if format == "pdf":
        return sending.answer(published.listings_book(kind, fair, only=only, said=said), format, zone=fair.time_zone, confidential=not stranger)
    found = exporting.rows(kind, fair=fair, only=only, outside=True)
    said = f"{_('Fair')}: {fair.slug}; {_('Filter')}: {said}"
    return files.answer(found, kind, format, name=f"{kind.value}s-{fair.slug}", said=said, zone=fair.time_zone, confidential=not stranger)
