"""Pages of the coverage board: its lists and figures, the partners that a listing could have, an organisation with its calls."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import layout
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.clock import today
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.pages import bound, paged
from marketplace.core.shares import percent
from marketplace.core.sheets import sending
from marketplace.coverage import board, looking_up, noting, queries, rules, shown, suggesting
from marketplace.coverage.board import List
from marketplace.coverage.schemas import CallNoteIn, CoverageIn
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind
from marketplace.matching import comparing, marking
from marketplace.matching import shown as conditions
from marketplace.matching.queries import Rebuilding
from marketplace.taxonomy.vocabularies import COUNTRIES, ORGANIZATION_KINDS, WIPO_FIELDS

bp = Blueprint("coverage", __name__)
KINDS = {Kind.NEED: _l("Need"), Kind.ACHIEVEMENT: _l("Achievement")}


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "shown": shown, "conditions": conditions, "percent": percent, "days_since": rules.days_since, "day_of": rules.day_of,
        "lists": List, "kinds": KINDS, "marking": marking, "strength_of": comparing.strength_of,
    }  # fmt: skip


def staffed(slug: str) -> Fair:
    """The page's fair, for its staff. Raises NotFound."""
    return shown_fair.shown(board.of_staff(slug, by=current_actor()).slug)


def fairs_of(actor: Actor) -> list[Fair]:
    """The fairs whose board one may read, the latest first."""
    mine = actor.fairs_where("coverage.read")
    return [fair for fair in fairs.everyone() if fair.id in mine]


@bp.get("/staff/coverage")
@reads("coverage.read")
def desk() -> Any:
    """The board of the current fair, or of the latest one that one works for and that is not closed."""
    mine = fairs_of(current_actor())
    if not mine:
        raise NotFound()
    fair = min(mine, key=lambda each: (not each.current, each.closed_at is not None))
    chosen: dict[str, Any] = {"list": request.args["list"]} if request.args.get("list") in {name.value for name in List} else {}
    return redirect(url_for(".show", slug=fair.slug, **chosen))


def asked(args: Any) -> dict[str, Any]:
    """The list, filter and cursor of an address; an empty choice of the filter's form says nothing."""
    schema = CoverageIn()
    schema.context_is_form = True
    found: dict[str, Any] = schema.load(args)
    return found


@bp.get("/staff/fairs/<slug>/coverage")
@reads("coverage.read")
def show(slug: str) -> str:
    """The figures of a fair, its exposure, and one of its lists."""
    snapshot()
    actor, query = current_actor(), asked(request.args)
    fair, name, where = staffed(slug), query["list"], query["where"]
    page = board.rows(fair, name, where, limit=query["limit"], cursor=query["cursor"], bound_to=bound(fair.id))
    ids = [row.id for row in page.rows]
    is_needs, is_organizations = name is List.NEEDS, name.of == "organizations"
    return render_template(
        "coverage/board.html", fair=fair, fairs=fairs_of(actor), name=name, where=where, page=page, figures=board.figures(fair, where), day=today(fair.time_zone),
        best=looking_up.best_of(ids) if is_needs else {}, near=suggesting.near_misses(ids) if is_needs else {},
        calls=queries.next_calls(fair, ids) if is_organizations else {}, kinds_of_organization=ORGANIZATION_KINDS,
        choices={"field": WIPO_FIELDS.choices(language()), "country": COUNTRIES.choices(language())},
        may_write=actor.may("coverage.write", fair_id=fair.id) and fair.closed_at is None,
    )  # fmt: skip


@bp.get("/staff/fairs/<slug>/coverage/export.<format>")
@reads("coverage.read")
def export(slug: str, format: str) -> Any:
    """One list whole, and the figures, as a file."""
    sending.chosen(format)
    current_actor()
    snapshot()
    query, fair = asked(request.args), staffed(slug)
    found = board.figures(fair, query["where"])
    return sending.answer(shown.book(fair, query["list"], query["where"], found), format, zone=fair.time_zone)


@bp.get("/staff/fairs/<slug>/coverage/needs/<uuid:listing_id>")
@reads("coverage.read")
def need(slug: str, listing_id: UUID) -> Any:
    """Partners that a need of the fair could have."""
    return _partners(staffed(slug), Kind.NEED, listing_id)


@bp.get("/staff/fairs/<slug>/coverage/achievements/<uuid:listing_id>")
@reads("coverage.read")
def achievement(slug: str, listing_id: UUID) -> Any:
    """Partners that an achievement of the fair could have."""
    return _partners(staffed(slug), Kind.ACHIEVEMENT, listing_id)


def _partners(fair: Fair, kind: Kind, listing_id: UUID) -> Any:
    listing, actor = looking_up.listing(fair, kind, listing_id), current_actor()
    try:
        fitting, near, status = *suggesting.partners(fair, listing), 200
    except Rebuilding:
        fitting, near, status = [], [], Rebuilding.status
    page = paged(queries.of_fair(fair, listing_id=listing_id), queries.BY_TIME, limit=50, bound_to=bound(fair.id))
    return render_template(
        "coverage/partners.html", fair=fair, kind=kind, listing=listing, fitting=fitting, near=near, rebuilding=status != 200,
        proposed=queries.proposed_with(fair, listing_id), proposals=queries.proposed(page.rows), day=today(fair.time_zone),
        may_write=actor.may("coverage.write", fair_id=fair.id) and fair.closed_at is None,
    ), status  # fmt: skip


@bp.route("/staff/fairs/<slug>/coverage/organizations/<uuid:organization_id>", methods=["GET", "POST"])
@writes("coverage.write")
def organization(slug: str, organization_id: UUID) -> Any:
    """An organisation at the fair: what it shows, its last contact, the calls, and the form for another one."""
    fair, actor = staffed(slug), current_actor()
    row = looking_up.organization(fair, organization_id)
    about = request.args.get("about", "")
    form = Form(CallNoteIn, listing_id=about)
    if form.submitted():
        try:
            noting.write(fair, organization_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("The call is written down."))
            return redirect(url_for(".organization", slug=fair.slug, organization_id=organization_id), 303)
    page = paged(
        queries.notes(fair, organization_id=organization_id), queries.NOTE_KEYS, bound_to=bound(fair.id),
        cursor=request.args.get("cursor") if request.method == "GET" else None,
    )  # fmt: skip
    listings = looking_up.listings_of(fair, organization_id)
    return render_template(
        "coverage/organization.html", fair=fair, row=row, form=form, page=page, notes=queries.noted(page.rows), listings=listings,
        kinds_of_organization=ORGANIZATION_KINDS, day=today(fair.time_zone),
    ), form.status  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)
