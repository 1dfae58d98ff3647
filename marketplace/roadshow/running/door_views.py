"""The door on a phone: what is presented behind a code, one tap to be interested, and the presenter's step from there to a talk."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, url_for
from markupsafe import Markup

from marketplace.core import qr
from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.core.limits import tries
from marketplace.fairs import shown
from marketplace.payments.till import own_address
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.queries import PitchLine
from marketplace.roadshow.running import door, events, queries, rules, schemas
from marketplace.roadshow.running.models import DoorInterest

blp = Blueprint("door", __name__)


@dataclass(frozen=True, slots=True)
class Sign:
    """What hangs at a door: the address behind its code, and the code's picture."""

    code: str
    address: str
    picture: Markup


def sign_of(thing_id: UUID) -> Sign:
    """The sign of a session's or pitch's door."""
    code = rules.door_code(thing_id)
    address = own_address(f"/door/{code}")
    return Sign(code, address, qr.picture(address))


@blp.get("/door/<code>")
@reads(PUBLIC)
def come(code: str) -> Any:
    """What is behind the code: a pitch, or a session with what is on now."""
    return _page(code, None)


@blp.post("/door/<code>")
@tries(network="1200 per 15 minutes", failed_only=False)  # a whole hall comes by one address
@writes(PUBLIC)
def say_so(code: str) -> Any:
    """Be interested: signed in by one tap, else with a name and a mail address."""
    actor = current_actor_or_none()
    door.behind(code)
    form = Form(schemas.ComeForm if actor is not None else schemas.ContactForm)
    if form.submitted():
        try:
            found = _said(form, actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Noted. The presenter gets your contact.") if found.shares_contact else gettext("Noted, without your name."))
            return redirect(url_for("door.come", code=rules.door_code(found.pitch_id)), 303)
    return _page(code, form)


def _said(form: Form, actor: Actor | None) -> DoorInterest:
    """Raises as `door.come` and `door.leave_contact`, and Invalid without consent."""
    data = form.data
    if actor is not None:
        return door.come(data["pitch_id"], shares_contact=data["shares_contact"], question=data["question"], by=actor)
    if not data["agrees"]:
        raise Invalid.field("agrees", "required", gettext("Without your yes nothing is passed on."))
    return door.leave_contact(data["pitch_id"], **{name: data[name] for name in ("name", "email", "firm", "question")})


def _page(code: str, form: Form | None) -> tuple[str, int]:
    """The page of a door. The pitch in front is the one of the code, or the one that is on, else the next one."""
    thing, actor = door.behind(code), current_actor_or_none()
    running, fair = queries.one(thing.id if isinstance(thing, Session) else thing.session_id)
    shown.shown(fair.slug)
    chosen = _in_front(running, thing, form)
    line = next((line for line, turn in running.turns if turn.id == chosen), None)
    turn = next((turn for _, turn in running.turns if turn.id == chosen), None)
    others = [(line, turn, rules.door_code(turn.id)) for line, turn in running.turns if turn.id != chosen]
    said = queries.mine_at([chosen], by=actor).get(chosen) if chosen else None
    if form is None:
        form = Form(schemas.ComeForm if actor is not None else schemas.ContactForm)
    page = render_template(
        "roadshow/running/door.html", code=code, running=running, session=running.session, fair=fair, line=line, turn=turn, others=others, address_of=events.address_of,
        said=said, form=form, labels=schemas.standing_labels(), open=line is not None and door.is_open(line.pitch, running.session, fair),
        own=actor is not None and line is not None and actor.organization_id is not None and line.pitch.organization_id == actor.organization_id,
    )  # fmt: skip
    return page, form.status


def _in_front(running: queries.Running, thing: Session | Pitch, form: Form | None) -> UUID | None:
    ids = {str(turn.id): turn.id for _, turn in running.turns}
    if isinstance(thing, Pitch):
        return thing.id
    if form is not None and str(form.value("pitch_id")) in ids:
        return ids[str(form.value("pitch_id"))]
    found: tuple[PitchLine, rules.Turn] | None = running.first("on_now") or running.first("next") or next(iter(running.turns), None)
    return found[1].id if found else None


@blp.post("/door/interests/<uuid:interest_id>/withdraw")
@writes("roadshow.visit")
def withdraw(interest_id: UUID) -> Any:
    """Take it back, with all that was said."""
    pitch = door.withdraw(interest_id, by=current_actor())
    say(gettext("Taken back. The presenter no longer sees you."))
    return redirect(url_for("door.come", code=rules.door_code(pitch.id)), 303)


@blp.post("/roadshow/interests/<uuid:interest_id>/take-up")
@writes("roadshow.pitch")
def take_up(interest_id: UUID) -> Any:
    """Open the talk with who agreed to it."""
    found = door.take_up(interest_id, by=current_actor())
    say(gettext("The talk is open. You find it among your negotiations; they have been told."))
    return redirect(url_for("running.pitch", pitch_id=found.pitch_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)


