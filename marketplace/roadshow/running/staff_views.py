"""Staff pages for a session that changes: late, moved, called off, each with what it breaks before it is done; and signs for the doors."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from marshmallow import ValidationError

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, IllegalMove, Invalid
from marketplace.core.fields import FormSchema
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.layout import say
from marketplace.core.problems import messages_to_errors
from marketplace.fairs import queries as fairs
from marketplace.roadshow import programme
from marketplace.roadshow.models import Session
from marketplace.roadshow.running import door_views, effects, marking, moving, queries, schemas
from marketplace.roadshow.running.effects import Preview
from marketplace.roadshow.running.moving import Repair
from marketplace.venue import queries as venue
from marketplace.venue.models import PlaceKind
from marketplace.venue.schemas import resolved
from marketplace.venue.views import place_choices

blp = Blueprint("running_staff", __name__)


def _session(session_id: UUID) -> tuple[Session, Any]:
    session = programme.get_session(session_id)
    current_actor().require("roadshow.manage", fair_id=session.fair_id)
    return session, fairs.get(session.fair_id)


def _done(session: Session, told: int, text: str, **before: Any) -> Any:
    """Back to the running order, which offers the way back to what was ``before``."""
    heard = ngettext("One person was told.", "%(num)s people were told.", told)
    say(f"{text} {heard}")
    return redirect(url_for("running.order", session_id=session.id, **before), 303)


def _too_late(session: Session, error: DomainError) -> Any:
    """Somebody was quicker, or the page was an old one: back to how it stands now."""
    say(str(error.detail))
    return redirect(url_for("running.order", session_id=session.id), 303)


def _asked(form: Form, make: Callable[..., Preview]) -> Preview | None:
    """The preview of what stands in the address, or in the form that came back; None while nothing is asked, or it is wrong."""
    try:
        return make(form)
    except DomainError as error:
        form.refused(error)
        return None


@blp.route("/staff/roadshow/sessions/<uuid:session_id>/move", methods=["GET", "POST"])
@writes("roadshow.manage")
def move(session_id: UUID) -> Any:
    """Another place or time: first what breaks, then the change with a repair."""
    session, fair = _session(session_id)
    wall = _wall(session.starts_at, fair.time_zone)
    given = request.form if request.method == "POST" else request.args
    before = {"place_id": session.place_id, "starts_at": wall}
    form = Form(schemas.MoveSessionIn, place_id=given.get("place_id", str(session.place_id)), starts_at=given.get("starts_at", wall))
    if form.submitted():
        data = form.data | {"starts_at": None, "repair": Repair(form.data["repair"])}
        try:
            data["starts_at"] = resolved("starts_at", form.data["starts_at"], fair.time_zone)
            moved, told = moving.move(session_id, **data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _done(moved, told, gettext("The session was moved."), **before)
    preview = _asked(form, lambda asked: _preview_of_move(session_id, asked, fair.time_zone)) if "place_id" in given else None
    places = [place for place in venue.places(fair.id, for_sessions=True) if place.kind is not PlaceKind.TABLE]
    elsewhere = [(place, start, _wall(start, fair.time_zone)) for place, start in preview.elsewhere] if preview else []
    return render_template(
        "roadshow/running/move.html", session=session, fair=fair, form=form, preview=preview, places=place_choices(places), elsewhere=elsewhere,
        repairs=Repair,
    ), form.status  # fmt: skip


def _loaded(schema: FormSchema, values: dict[str, Any]) -> dict[str, Any]:
    """What stands in an address, read like a form. Raises Invalid naming what is wrong."""
    schema.context_is_form = True
    try:
        found: dict[str, Any] = schema.load(values)
    except ValidationError as error:
        raise Invalid(errors=messages_to_errors(error.messages)) from error
    return found


def _wall(moment: datetime, time_zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%dT%H:%M}"


def _preview_of_move(session_id: UUID, form: Form, time_zone: str) -> Preview:
    data = _loaded(schemas.PlaceAndTimeIn(), {name: form.value(name) for name in ("place_id", "starts_at")})
    starts_at = resolved("starts_at", data["starts_at"], time_zone)
    return effects.of_move(session_id, place_id=data["place_id"], starts_at=starts_at, by=current_actor())


@blp.route("/staff/roadshow/sessions/<uuid:session_id>/late", methods=["GET", "POST"])
@writes("roadshow.manage")
def late(session_id: UUID) -> Any:
    """A late start: what it runs into, then the announcement."""
    session, fair = _session(session_id)
    given = request.form if request.method == "POST" else request.args
    form = Form(schemas.LateSessionIn, minutes=given.get("minutes", str(session.late_minutes)))
    if form.submitted():
        try:
            announced, told = moving.announce_late(session_id, form.data["minutes"], seen=form.data["seen"], note=form.data["note"], by=current_actor())
        except IllegalMove as error:
            return _too_late(session, error)
        except DomainError as error:
            form.refused(error)
        else:
            return _done(announced, told, gettext("The programme says so now."))
    preview = _asked(form, lambda asked: _preview_of_late(session_id, asked)) if "minutes" in given else None
    return render_template("roadshow/running/late.html", session=session, fair=fair, form=form, preview=preview), form.status


def _preview_of_late(session_id: UUID, form: Form) -> Preview:
    data = _loaded(schemas.MinutesIn(), {"minutes": form.value("minutes")})
    return effects.of_late(session_id, data["minutes"], by=current_actor())


@blp.route("/staff/roadshow/sessions/<uuid:session_id>/call-off", methods=["GET", "POST"])
@writes("roadshow.manage")
def call_off(session_id: UUID) -> Any:
    """A session that does not take place: what goes with it, then the end of it."""
    session, fair = _session(session_id)
    form = Form(schemas.CallOffSessionIn)
    if form.submitted():
        try:
            called_off, told = moving.call_off(session_id, **form.data, by=current_actor())
        except IllegalMove as error:
            return _too_late(session, error)
        except DomainError as error:
            form.refused(error)
        else:
            return _done(called_off, told, gettext("The session was called off."))
    preview = effects.of_calling_off(session_id, by=current_actor())
    return render_template("roadshow/running/call_off.html", session=session, fair=fair, form=form, preview=preview), form.status


@blp.post("/staff/roadshow/sessions/<uuid:session_id>/end")
@writes("roadshow.manage")
def end(session_id: UUID) -> Any:
    """The session is over."""
    try:
        session = marking.end_session(session_id, by=current_actor())
    except (IllegalMove, marking.NotYet) as error:
        return _too_late(_session(session_id)[0], error)
    say(gettext("The session is over."))
    return redirect(url_for("running.order", session_id=session.id), 303)


@blp.get("/staff/roadshow/sessions/<uuid:session_id>/signs")
@reads("roadshow.manage")
def signs(session_id: UUID) -> str:
    """Signs to print: one for the session's door, one for each pitch."""
    session, fair = _session(session_id)
    running, _ = queries.one(session_id)
    pitches = [(line, turn, door_views.sign_of(turn.id)) for line, turn in running.turns]
    return render_template(
        "roadshow/running/signs.html", session=session, fair=fair, running=running, sign=door_views.sign_of(session.id), pitches=pitches
    )


def register(app: Flask) -> None:
    app.register_blueprint(blp)
