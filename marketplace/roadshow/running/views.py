"""Pages of the running roadshow: on now, a session's running order, the screen in the room, one's own pitches and their marks."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import IllegalMove, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running import door, door_views, events, marking, queries, rules, schemas, slides
from marketplace.venue import service as venue

blp = Blueprint("running", __name__)


@blp.get("/roadshow/now")
@reads(PUBLIC)
def now() -> str:
    """What is on now and next at a fair, by session. ``?fair=slug`` shows another fair's."""
    fair = shown.shown(request.args.get("fair"))
    found = queries.today_in(fair)
    return render_template("roadshow/running/now.html", fair=fair, sessions=[each for each in found if not each.is_over], ended=[each for each in found if each.is_over])


@blp.get("/roadshow/sessions/<uuid:session_id>/running")
@reads(PUBLIC)
def order(session_id: UUID) -> str:
    """A session's running order, with marks for those who may set them."""
    found, fair = queries.one(session_id)
    shown.shown(fair.slug)
    actor = current_actor_or_none()
    ids = [turn.id for _, turn in found.turns]
    near = marking.can_begin(found.session)
    return render_template(
        "roadshow/running/order.html", running=found, session=found.session, fair=fair, labels=schemas.standing_labels(),
        manages=manages(found.session, actor), markable={line.pitch.id for line, _ in found.turns if near and marking.may_mark(line.pitch, found.session, actor)},
        slides=queries.slides_of(ids), mine=actor.organization_id if actor else None, called_off=found.session.status is SessionStatus.CANCELLED,
        door_code=rules.door_code, before={name: request.args[name] for name in ("place_id", "starts_at") if name in request.args},
    )  # fmt: skip


@blp.get("/roadshow/sessions/<uuid:session_id>/room")
@reads(PUBLIC)
def room(session_id: UUID) -> str:
    """The screen in the room: who is on, how much time is left, who comes next, and the code of the door."""
    found, fair = queries.one(session_id)
    if found.session.status is SessionStatus.CANCELLED:
        raise NotFound()
    shown.shown(fair.slug)
    return render_template("roadshow/running/room.html", running=found, session=found.session, fair=fair, door=door_views.sign_of(found.session.id))


@blp.get("/roadshow/mine")
@reads("roadshow.see_pitch")
def mine() -> str:
    """The pitches of the organisation one acts for, with their slides and who came to their doors."""
    rows = queries.own_pitches(by=current_actor()) if current_actor().organization_id else []
    counts = queries.door_counts([pitch.id for pitch, *_ in rows])
    return render_template("roadshow/running/mine.html", rows=rows, counts=counts)


@blp.get("/roadshow/pitches/<uuid:pitch_id>")
@reads("roadshow.see_pitch")
def pitch(pitch_id: UUID) -> Any:
    """An own pitch: room and time, slides, marks, the door's code and who came; for staff without those who came."""
    return pitch_page(pitch_id, Form(schemas.SlidesForm))


def pitch_page(pitch_id: UUID, form: Form) -> tuple[str, int]:
    actor = current_actor()
    found, session = queries.own_pitch(pitch_id, by=actor)
    fair, running = fairs.get(session.fair_id), queries.one(session.id)[0]
    own = actor.organization_id is not None and found.organization_id == actor.organization_id
    line, turn = next(((line, turn) for line, turn in running.turns if turn.id == found.id), (None, None))
    page = render_template(
        "roadshow/running/pitch.html", pitch=found, session=session, fair=fair, running=running, line=line, turn=turn, form=form, own=own,
        place=venue.get_place(session.place_id, fair_id=fair.id), slides=queries.slides_of([found.id]).get(found.id),
        may_mark=found.status is PitchStatus.CONFIRMED and marking.can_begin(session) and marking.may_mark(found, session, actor), may_upload=slides.may_upload(found, actor),
        manages=manages(session, actor), labels=schemas.standing_labels(), count=queries.door_counts([found.id]).get(found.id, 0),
        visitors=queries.visitors(found) if own else [], may_take_up=own and actor.may("roadshow.pitch"), address_of=events.address_of,
        door=door_views.sign_of(found.id) if found.status is PitchStatus.CONFIRMED else None, door_open=door.is_open(found, session, fair),
    )  # fmt: skip
    return page, form.status


def manages(session: Session, actor: Actor | None) -> bool:
    return actor is not None and actor.may("roadshow.manage", fair_id=session.fair_id)


@blp.post("/roadshow/pitches/<uuid:pitch_id>/start")
@writes("roadshow.run")
def start(pitch_id: UUID) -> Any:
    """It begins."""
    return _mark(marking.start, pitch_id, gettext("Started. Everybody sees it as on now."))


@blp.post("/roadshow/pitches/<uuid:pitch_id>/finish")
@writes("roadshow.run")
def finish(pitch_id: UUID) -> Any:
    """It is over."""
    return _mark(marking.finish, pitch_id, gettext("Finished."))


@blp.post("/roadshow/pitches/<uuid:pitch_id>/unmark")
@writes("roadshow.run")
def unmark(pitch_id: UUID) -> Any:
    """The last mark was wrong."""
    return _mark(marking.take_back, pitch_id, gettext("The last mark was taken back."))


def _mark(step: Callable[..., Pitch], pitch_id: UUID, text: str) -> Any:
    """Set a mark; whoever comes second, or with an old page, is led back to how it stands now and told."""
    actor = current_actor()
    try:
        step(pitch_id, by=actor)
    except (IllegalMove, marking.NotYet) as refused:
        text = str(refused.detail)
    say(text)
    if request.form.get("back") == "order":
        return redirect(url_for("running.order", session_id=queries.own_pitch(pitch_id, by=actor)[0].session_id), 303)
    return redirect(url_for("running.pitch", pitch_id=pitch_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
