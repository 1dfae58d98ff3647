"""Staff pages: the places of a fair."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.errors import DomainError, Forbidden
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import localized
from marketplace.core.layout import navigation, say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.venue import queries, schemas, service
from marketplace.venue.models import Place

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
    """The places of a fair."""
    fair = managed_fair(current_actor())
    return render_template("venue/places.html", fair=fair, places=queries.places(fair.id), labels=schemas.place_labels())


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
    return render_template("venue/place_form.html", form=form, fair=fair, kinds=list(schemas.place_labels().items())), form.status


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
