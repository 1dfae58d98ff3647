"""Reading the timetable, and one way in for whatever a page's form or drag says: what is moved, and where to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.roadshow import pitching, queries
from marketplace.roadshow.calls import ranking, timetabling
from marketplace.roadshow.calls.models import Application, PitchCall, Status
from marketplace.roadshow.models import Pitch, PitchStatus, Session
from marketplace.roadshow.queries import PitchLine
from marketplace.venue.models import Place

OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A session as the timetable shows it: every slot from 1 with the pitch in it, None where it is free."""

    session: Session
    place: Place
    slots: tuple[PitchLine | None, ...]

    @property
    def open(self) -> bool:
        """Whether its slots can still be given."""
        return pitching.is_open(self.session)


def cards(fair: Fair) -> list[tuple[date, list[Card]]]:
    """The sessions with pitch slots by day; two queries, however many."""
    days = queries.by_day(fair)
    lines = queries.pitch_lines([session.id for _, rows in days for session, _ in rows], fair_id=fair.id)
    found = []
    for day, rows in days:
        made = []
        for session, place in rows:
            taken = {line.pitch.position: line for line in lines.get(session.id, [])}
            if session.slots:
                made.append(Card(session=session, place=place, slots=tuple(taken.get(number) for number in range(1, session.slots + 1))))
        if made:
            found.append((day, made))
    return found


def unplaced(call: PitchCall) -> list[Any]:
    """The chosen applications without a slot, the best first: rows as in `ranking.shown`."""
    query = ranking.shown(call.fair_id).outerjoin(Pitch, Pitch.id == Application.pitch_id)
    query = query.where(
        Application.call_id == call.id, Application.status == Status.SELECTED, or_(Pitch.id.is_(None), Pitch.status == PitchStatus.CANCELLED)
    )
    return list(db.session.execute(query.order_by(*ranking.BEST_FIRST)))


def applications_of(pitch_ids: Sequence[UUID]) -> dict[UUID, Application]:
    """By pitch, for those that were given their slot."""
    query = select(Application).where(Application.pitch_id.in_(pitch_ids))
    return {each.pitch_id: each for each in db.session.scalars(query) if each.pitch_id is not None}


def reference_of(what: str, *, fair: Fair) -> str:
    """The achievement's reference of 'application:<id>' or 'pitch:<id>' of a fair. Raises NotFound."""
    kind, key = _key(what, "what", ("application", "pitch"))
    if kind == "application":
        query = select(Listing.reference).join(Application, Application.achievement_id == Listing.id)
        query = query.join(PitchCall, PitchCall.id == Application.call_id).where(Application.id == key, PitchCall.fair_id == fair.id)
    else:
        query = select(Listing.reference).join(Pitch, Pitch.achievement_id == Listing.id)
        query = query.join(Session, Session.id == Pitch.session_id).where(Pitch.id == key, Session.fair_id == fair.id)
    reference = db.session.scalar(query)
    if reference is None:
        raise NotFound()
    return reference


def arrange(fair: Fair, what: str, to: str, *, accept_warnings: bool, by: Actor) -> Pitch:
    """Do what a form says: ``what`` is 'application:<id>' or 'pitch:<id>', ``to`` is 'slot:<session id>:<number>' or 'out'.

    A pitch that goes to a slot of another one changes places with it. Raises what `timetabling` raises, and Invalid."""
    reference_of(what, fair=fair)
    kind, key = _key(what, "what", ("application", "pitch"))
    if to == OUT and kind == "pitch":
        return timetabling.take_out(key, accept_warnings=accept_warnings, by=by)
    head, _, number = to.rpartition(":")
    _, session_id = _key(head, "to", ("slot",))
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= 60):
        raise Invalid.field("to", "slot_unknown", gettext("This is no slot of the timetable."))
    position = int(number)
    if kind == "application":
        return timetabling.place(key, session_id, position, accept_warnings=accept_warnings, by=by)
    there = select(Pitch.id).where(Pitch.session_id == session_id, Pitch.position == position, Pitch.status != PitchStatus.CANCELLED)
    other_id = db.session.scalar(there.where(Pitch.id != key))
    if other_id is not None:
        return timetabling.swap(key, other_id, accept_warnings=accept_warnings, by=by)[0]
    return timetabling.move(key, session_id, position, accept_warnings=accept_warnings, by=by)


def _key(text: str, field: str, kinds: Sequence[str]) -> tuple[str, UUID]:
    kind, _, key = text.partition(":")
    try:
        if kind not in kinds or len(key) != 36:
            raise ValueError
        return kind, UUID(key)
    except ValueError as error:
        raise Invalid.field(field, "slot_unknown", gettext("This is no slot of the timetable.")) from error
