"""Staff pages: the timetable by drag and by form, taking the last change back, and publishing it."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized, ngettext
from marketplace.core.layout import say
from marketplace.fairs.models import Fair
from marketplace.roadshow import pitching
from marketplace.roadshow.calls import calling, publishing, schemas, timetable, timetabling, wording
from marketplace.roadshow.calls.timetable import OUT, Card
from marketplace.roadshow.models import Pitch, PitchStatus
from marketplace.venue.views import managed_fair

blp = Blueprint("timetable", __name__)
blp.context_processor(wording.words)


def _fair() -> Fair:
    return managed_fair(current_actor(), "roadshow.manage")


@blp.get("/staff/roadshow/timetable")
@reads("roadshow.manage")
def show() -> str:
    """One day's sessions (``?day=``) beside the chosen pitches that have no slot."""
    fair = _fair()
    days = timetable.cards(fair)
    day = _day(days)
    cards = next((made for each, made in days if each == day), [])
    found = calling.of_fair(fair.id)
    placed = [line.pitch.id for card in cards for line in card.slots if line]
    last = timetabling.last_batch(fair.id)
    return render_template(
        "roadshow/calls/timetable.html", fair=fair, call=found, days=[each for each, _ in days], day=day, cards=cards,
        unplaced=timetable.unplaced(found) if found else [], applications=timetable.applications_of(placed), last=last,
        last_reference=timetable.reference_of(f"pitch:{last[0].pitch_id}", fair=fair) if last else None,
        notices=publishing.pending(fair.id), unpublished=publishing.unpublished(fair.id), slot_starts=pitching.slot_starts,
    )  # fmt: skip


def _day(days: list[tuple[date, list[Card]]]) -> date | None:
    """The day asked for, else the first with a session that lies ahead, else the first."""
    asked = request.args.get("day")
    by_text = {each.isoformat(): each for each, _ in days}
    ahead = next((each for each, cards in days if any(card.open for card in cards)), None)
    return by_text.get(asked or "") or ahead or (days[0][0] if days else None)


@blp.route("/staff/roadshow/timetable/move", methods=["GET", "POST"])
@writes("roadshow.manage")
def move() -> Any:
    """Give something a slot or another one, or take it out. What speaks against it is shown first."""
    fair, actor = _fair(), current_actor()
    form = Form(schemas.ArrangeIn, what=request.args.get("what"), to=request.args.get("to"))
    if form.submitted():
        try:
            pitch = timetable.arrange(fair, **form.data, by=actor)
        except NotFound:
            raise
        except DomainError as error:
            form.refused(error)
        else:
            reference = timetable.reference_of(f"pitch:{pitch.id}", fair=fair)
            say(_landed(pitch, reference, fair))
            return redirect(_address_of(pitch, fair), 303)
    what = str(form.value("what") or "")
    reference = timetable.reference_of(what, fair=fair)
    choices = _choices(fair, what)
    return render_template(
        "roadshow/calls/move.html", fair=fair, form=form, what=what, reference=reference, choices=choices,
        warned=any(error.pointer == "/accept_warnings" for error in form.found),
    ), form.status  # fmt: skip


def _landed(pitch: Pitch, reference: str, fair: Fair) -> str:
    """Where it is now, so that nobody looks for it."""
    if pitch.status is PitchStatus.CANCELLED:
        return _("%(reference)s is out of the timetable.", reference=reference)
    start = pitch.starts_at.astimezone(ZoneInfo(fair.time_zone))
    return _("%(reference)s is in slot %(position)s now: %(day)s, %(time)s.", reference=reference, position=pitch.position, day=wording.day(start.date()), time=f"{start:%H:%M}")


def _address_of(pitch: Pitch, fair: Fair) -> str:
    day = pitch.starts_at.astimezone(ZoneInfo(fair.time_zone)).date().isoformat()
    gone = pitch.status is PitchStatus.CANCELLED
    return url_for("timetable.show", fair=fair.slug, day=day, _anchor=None if gone else f"slot-{pitch.session_id}-{pitch.position}")


def _choices(fair: Fair, what: str) -> list[tuple[str, str]]:
    """Every slot that lies ahead: the free ones, and for a pitch those of others, with which it would change places."""
    is_pitch, found = what.startswith("pitch:"), list[tuple[str, str]]()
    for day, cards in timetable.cards(fair):
        for card in cards:
            if not card.open:
                continue
            for number, line in enumerate(card.slots, start=1):
                if line is not None and (not is_pitch or what == f"pitch:{line.pitch.id}"):
                    continue
                start = pitching.slot_starts(card.session, number).astimezone(ZoneInfo(fair.time_zone))
                label = f"{wording.day(day)} {start:%H:%M} · {localized(card.place, 'name')[0]} · {localized(card.session, 'title')[0]}"
                if line is not None:
                    label += " · " + _("change places with %(reference)s", reference=line.reference)
                found.append((f"slot:{card.session.id}:{number}", label))
    if is_pitch:
        found.append((OUT, _("take it out of the timetable")))
    return found


@blp.post("/staff/roadshow/timetable/undo")
@writes("roadshow.manage")
def undo() -> Any:
    """Take the last change back."""
    fair = _fair()
    deed = timetabling.undo(fair.id, by=current_actor())
    say(_("Taken back: %(deed)s.", deed=wording.DEEDS[deed]))
    return redirect(url_for("timetable.show", fair=fair.slug, day=request.args.get("day")), 303)


@blp.route("/staff/roadshow/timetable/publish", methods=["GET", "POST"])
@writes("roadshow.manage")
def publish() -> Any:
    """Who would be told which slot; making it public and telling all of them."""
    fair, actor = _fair(), current_actor()
    if request.method == "POST":
        told = publishing.publish(fair.id, by=actor)
        say(ngettext("The timetable is public. One presenter was told.", "The timetable is public. %(num)s presenters were told.", told))
        return redirect(url_for("timetable.show", fair=fair.slug), 303)
    return render_template(
        "roadshow/calls/publish.html", fair=fair, notices=publishing.pending(fair.id), unpublished=publishing.unpublished(fair.id)
    )


def register(app: Flask) -> None:
    app.register_blueprint(blp)
