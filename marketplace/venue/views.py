"""Staff pages: the places of a fair, when they are closed, the ways between halls, and what conflicts weigh."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.core import web
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import localized
from marketplace.core.layout import navigation, say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.venue import closing, conflicts, queries, schemas, service, walking
from marketplace.venue.models import Place, PlaceKind

blp = Blueprint("venue", __name__)


def managed_fair(actor: Actor, permission: str = "venue.manage") -> Fair:
    """The fair of a staff page: the one asked for, else the current one, else any they manage. Raises NotFound, Forbidden."""
    mine, current, slug = actor.fairs_where(permission), shown.current(), request.args.get("fair")
    if slug is None and (current is None or current.id not in mine):
        slug = next((fair.slug for fair in fairs.everyone() if fair.id in mine), None)
    fair = shown.shown(slug)
    if fair.id not in mine:
        raise Forbidden()
    return fair


@blp.get("/staff/places")
@reads("venue.manage")
def places() -> str:
    """The places of a fair, and when they are closed."""
    fair = managed_fair(current_actor())
    found = queries.places(fair.id)
    closed: dict[UUID, list[Any]] = {}
    for closure in queries.closures([place.id for place in found], after=now()):
        closed.setdefault(closure.place_id, []).append(closure)
    halls = {place.id: place for place in found if place.kind is PlaceKind.HALL}
    return render_template("venue/places.html", fair=fair, places=found, halls=halls, closed=closed, labels=schemas.place_labels())


@blp.route("/staff/places/new", methods=["GET", "POST"])
@writes("venue.manage")
def new_place() -> Any:
    """Add a hall, room, table or online room."""
    actor = current_actor()
    fair, form = managed_fair(actor), Form(schemas.PlaceIn, kind="table", capacity=4)
    if form.submitted():
        try:
            service.add_place(fair.id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The place was added."))
            return redirect(url_for("venue.places", fair=fair.slug), 303)
    page = render_template(
        "venue/place_form.html", form=form, fair=fair, kinds=list(schemas.place_labels().items()), halls=hall_choices(fair.id), place=None
    )
    return page, form.status


def hall_choices(fair_id: UUID) -> list[tuple[str, str]]:
    return [(str(hall.id), localized(hall, "name")[0]) for hall in queries.halls(fair_id)]


@blp.route("/staff/places/<uuid:place_id>", methods=["GET", "POST"])
@writes("venue.manage")
def place(place_id: UUID) -> Any:
    """Change a place, see when it is closed, and close it for a time."""
    actor = current_actor()
    found = service.managed_place(place_id, by=actor, lock=request.method == "POST")
    form = Form(schemas.PlacePageIn, **{name: getattr(found, name) for name in (*service.CHANGEABLE, "version")})
    if form.submitted():
        try:
            web.check_version(found.version, form.data.pop("version"))
            service.change_place(found, by=actor, **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The place was changed."))
            return redirect(url_for("venue.places", fair=fairs.get(found.fair_id).slug), 303)
    return _place_page(place_id, form, Form(schemas.ClosureIn)), form.status


def _place_page(place_id: UUID, form: Form, closing_form: Form) -> str:
    with db.session.no_autoflush:
        found = service.managed_place(place_id, by=current_actor())
        db.session.refresh(found)
        fair = fairs.get(found.fair_id)
        return render_template(
            "venue/place.html", form=form, closing=closing_form, fair=fair, place=found, halls=hall_choices(fair.id),
            closures=queries.closures([found.id], after=now()), labels=schemas.place_labels(),
        )  # fmt: skip


@blp.post("/staff/places/<uuid:place_id>/close")
@writes("venue.manage")
def close(place_id: UUID) -> Any:
    """Keep a place unused for a time."""
    actor = current_actor()
    found = service.managed_place(place_id, by=actor)
    form = Form(schemas.ClosureIn)
    if form.submitted():
        data = dict(form.data)
        try:
            zone = fairs.get(found.fair_id).time_zone
            data |= {name: schemas.resolved(name, data[name], zone) for name in ("starts_at", "ends_at")}
            closing.close(place_id, **data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The place is closed for this time."))
            return redirect(url_for("venue.place", place_id=place_id), 303)
    values = {name: getattr(found, name) for name in (*service.CHANGEABLE, "version")}
    return _place_page(place_id, Form(schemas.PlacePageIn, **values), form), form.status


@blp.post("/staff/closures/<uuid:closure_id>/remove")
@writes("venue.manage")
def open_again(closure_id: UUID) -> Any:
    """Let a place be used again."""
    place_id = closing.open_again(closure_id, by=current_actor())
    say(_("The place can be used again."))
    return redirect(url_for("venue.place", place_id=place_id), 303)


@blp.route("/staff/places/ways", methods=["GET", "POST"])
@writes("venue.manage")
def ways() -> Any:
    """How long the ways between halls take."""
    actor = current_actor()
    fair, form = managed_fair(actor), Form(schemas.WayIn)
    if form.submitted():
        try:
            service.say_way(fair.id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Written down. Whoever has too little time for this way is warned."))
            return redirect(url_for("venue.ways", fair=fair.slug), 303)
    halls, known = queries.halls(fair.id), walking.ways(fair.id)
    page = render_template("venue/ways.html", form=form, fair=fair, halls=halls, choices=hall_choices(fair.id), minutes=known.minutes_by_halls)
    return page, form.status


@blp.route("/staff/places/conflicts", methods=["GET", "POST"])
@writes("venue.manage")
def weights() -> Any:
    """What each kind of conflict weighs at a fair."""
    actor = current_actor()
    fair = managed_fair(actor)
    known = conflicts.levels(fair.id)
    form = Form(schemas.WeightsIn, **{kind.value: level.value for kind, level in known.items() if kind not in conflicts.HARD})
    if form.submitted():
        wanted = {kind: level for kind, level in form.data.items() if level is not None}
        try:
            conflicts.weigh(fair.id, wanted, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Kept. It holds for everything that is booked from now on."))
            return redirect(url_for("venue.weights", fair=fair.slug), 303)
    soft = [kind.value for kind in known if kind not in conflicts.HARD]
    page = render_template(
        "venue/conflicts.html", form=form, fair=fair, soft=soft, hard=[kind.value for kind in known if kind in conflicts.HARD],
        labels=schemas.conflict_labels(), levels=list(schemas.level_labels().items()),
    )  # fmt: skip
    return page, form.status


def place_choices(places: list[Place]) -> list[tuple[str, str]]:
    """For a select: each place with what it is and how many it holds."""
    labels = schemas.place_labels()
    return [(str(place.id), f"{localized(place, 'name')[0]} ({labels[place.kind.value]}, {place.capacity})") for place in places]


def clock(value: datetime, time_zone: str) -> Markup:
    """The time of day on the fair's own clock, with the exact moment in the markup."""
    return Markup('<time datetime="{}" title="{}">{:%H:%M}</time>').format(value.isoformat(), time_zone, value.astimezone(ZoneInfo(time_zone)))


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    app.jinja_env.filters["clock"] = clock
    navigation(_l("Places"), "venue.places", "venue.manage", 55)
