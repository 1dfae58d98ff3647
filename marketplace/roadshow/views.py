"""Pages: the public programme, a session with its pitches, and booking a slot."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import localized
from marketplace.core.layout import navigation, say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.roadshow import pitching, programme, queries, schemas
from marketplace.roadshow.calls import calling
from marketplace.roadshow.models import Session
from marketplace.venue import service as venue

blp = Blueprint("roadshow", __name__)


@blp.get("/roadshow")
@reads(PUBLIC)
def program() -> str:
    """The programme by day, on the fair's own clock. ``?fair=slug`` shows another fair's."""
    fair = shown.shown(request.args.get("fair"))
    days = queries.by_day(fair)
    ids = [session.id for _day, rows in days for session, _place in rows]
    pitches = queries.pitch_lines(ids, fair_id=fair.id)
    actor = current_actor_or_none()
    manages = actor is not None and actor.may("roadshow.manage", fair_id=fair.id)
    return render_template("roadshow/program.html", fair=fair, days=days, pitches=pitches, manages=manages, call=calling.of_fair(fair.id))


@blp.get("/roadshow/sessions/<uuid:session_id>")
@reads(PUBLIC)
def session(session_id: UUID) -> Any:
    """A session: place, time, pitches, and for members of organisations the slots that are free."""
    return _page(programme.get_session(session_id), Form(schemas.PitchIn))


def _page(found: Session, form: Form) -> tuple[str, int]:
    fair, actor = fairs.get(found.fair_id), current_actor_or_none()
    shown.shown(fair.slug)
    may_pitch = actor is not None and actor.may("roadshow.pitch")
    own = queries.own_achievements(fair.id, by=actor) if actor is not None and may_pitch else []
    lines = queries.pitch_lines([found.id], fair_id=fair.id).get(found.id, [])
    pitched = {line.pitch.achievement_id for line in lines}
    choices = [(str(key), f"{reference} · {localized(version, 'title')[0]}") for key, reference, version in own if key not in pitched]
    free = queries.free_positions(found)
    page = render_template(
        "roadshow/session.html", session=found, fair=fair, place=venue.get_place(found.place_id, fair_id=fair.id), form=form,
        lines=lines, free=free, may_pitch=may_pitch,
        choices=choices, slots=[(str(number), _slot_label(found, number, fair.time_zone)) for number in free],
        mine=actor.organization_id if actor else None, manages=actor is not None and actor.may("roadshow.manage", fair_id=fair.id),
        open=pitching.is_open(found), kept_for_call=pitching.is_kept_for_call(found),
    )  # fmt: skip
    return page, form.status


def _slot_label(found: Session, number: int, time_zone: str) -> str:
    return f"{number} · {pitching.slot_starts(found, number).astimezone(ZoneInfo(time_zone)):%H:%M}"


@blp.post("/roadshow/sessions/<uuid:session_id>/pitches")
@writes("roadshow.pitch")
def book(session_id: UUID) -> Any:
    """Hold a slot and go on to its payment page, or, where it is free, have it at once."""
    form = Form(schemas.PitchIn)
    if form.submitted():
        try:
            pitch = pitching.book(session_id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            if pitch.fee_id is not None:
                return redirect(url_for("payments.checkout", fee_id=pitch.fee_id), 303)
            say(_("Your pitch is booked."))
            return redirect(url_for("roadshow.session", session_id=session_id), 303)
    return _page(programme.get_session(session_id), form)


@blp.post("/roadshow/pitches/<uuid:pitch_id>/cancel")
@writes("roadshow.cancel_pitch")
def cancel(pitch_id: UUID) -> Any:
    """Give a pitch up."""
    pitch = pitching.cancel(pitch_id, by=current_actor())
    say(_("The slot is free again."))
    return redirect(url_for("roadshow.session", session_id=pitch.session_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    navigation(_l("Roadshow"), "roadshow.program", PUBLIC, 140)
