"""Who interprets at a fair, whose meeting each interprets, and when each is away. The table of bookings keeps one at one meeting.

Who has an account may come to meetings and present as well: the person is booked beside the interpreter.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.exc import OperationalError

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import Duplicate, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs import queries as fairs
from marketplace.meetings import day_notices, notices
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.venue import booking
from marketplace.venue import service as venue
from marketplace.venue.conflicts import Conflict, Kind, Warned
from marketplace.venue.models import Booking, Level
from marketplace.venue.rules import cells, quarter

RUN = "meetings.run"
ALIVE = (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED)
MOST_PATIENCE = "300ms"
"""Below the second after which the database looks for those who wait in a circle."""


def needed(meeting: Meeting) -> bool:
    """Whether the two sides speak different languages, as far as they said so."""
    return None not in (meeting.from_language, meeting.to_language) and meeting.from_language != meeting.to_language


def speaking(fair_id: UUID, languages: Sequence[str]) -> list[Interpreter]:
    """The interpreters of a fair who speak all of these languages."""
    query = select(Interpreter).where(Interpreter.fair_id == fair_id, Interpreter.left_at.is_(None))
    return [one for one in db.session.scalars(query.order_by(Interpreter.id)) if set(languages) <= set(one.languages)]


def keys(one: Interpreter) -> list[str]:
    """What is booked of an interpreter: with an account, the person as well."""
    own = [booking.interpreter_key(one.id)]
    return own if one.person_id is None else [*own, booking.person_key(one.person_id)]


def keys_of(ids: Iterable[UUID | None]) -> dict[UUID | None, list[str]]:
    """`keys` by interpreter, and nothing of nobody; one query."""
    wanted = {one for one in ids if one is not None}
    found: dict[UUID | None, list[str]] = {None: []}
    return found | {one.id: keys(one) for one in db.session.scalars(select(Interpreter).where(Interpreter.id.in_(wanted)))}


def comers(meeting: Meeting) -> set[UUID]:
    """The people who come for the two sides: none of them interprets there."""
    return set(db.session.scalars(select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == meeting.id)))


def available(
    fair_id: UUID, languages: Sequence[str], *, starts_at: datetime, minutes: int, holder: str = "", but_for: Collection[UUID] = ()
) -> list[Interpreter]:
    """Who speaks all of these languages and is free then, whoever has least to do that day first.

    ``holder``: what they may be booked by already, such as the meeting itself; ``but_for``: people who come to it. At most three queries."""
    able = [one for one in speaking(fair_id, languages) if one.person_id is None or one.person_id not in but_for]
    if not able:
        return []
    ends_at = starts_at + timedelta(minutes=minutes)
    whose = {key: one.id for one in able for key in keys(one)}
    first = quarter(starts_at)
    taken = {whose[resource] for resource, _ in booking.occupied(whose, first, ends_at - timedelta(microseconds=1), but_for=holder, to_take=True)}
    loads = _loads([one.id for one in able], starts_at, ZoneInfo(fairs.get(fair_id).time_zone))
    return sorted((one for one in able if one.id not in taken), key=lambda one: (loads.get(one.id, 0), one.id))


def _loads(ids: Sequence[UUID], moment: datetime, zone: ZoneInfo) -> dict[UUID, int]:
    """How many meetings each has on the day of the fair's clock."""
    day = moment.astimezone(zone).date()
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    query = select(Meeting.interpreter_id, func.count()).where(
        Meeting.interpreter_id.in_(ids), Meeting.status.in_(ALIVE), Meeting.starts_at >= begins, Meeting.starts_at < begins + timedelta(days=1)
    )
    return {key: number for key, number in db.session.execute(query.group_by(Meeting.interpreter_id)) if key is not None}


def assign(meeting: Meeting) -> Interpreter | None:
    """Book an interpreter for the time of a meeting whose sides speak different languages; whoever has it already is kept if they can.

    None, and nobody assigned, when nobody is needed or nobody who speaks both languages is free. Call it after place and people are
    booked: interpreters are always taken last, so that two takers never wait for each other in a circle."""
    coming, before = comers(meeting), meeting.interpreter_id
    able: list[Interpreter] = []
    if needed(meeting) and meeting.from_language is not None and meeting.to_language is not None:
        able = available(
            meeting.fair_id, [meeting.from_language, meeting.to_language], starts_at=meeting.starts_at, minutes=meeting.length_minutes,
            holder=f"meeting:{meeting.id}", but_for=coming,
        )  # fmt: skip
    chosen = next((one for one in sorted(able, key=lambda one: one.id != before) if not _taken(one, meeting)), None)
    _give_back(meeting, coming=coming, but_for=chosen)
    return chosen


def again(meeting: Meeting) -> bool:
    """Book who interpreted at a meeting once more; somebody else, or nobody, when they left or sit elsewhere by now. Whether that changed."""
    before = meeting.interpreter_id
    one = db.session.get(Interpreter, before) if before is not None else None
    if one is None or one.left_at is not None or one.person_id in comers(meeting) or _taken(one, meeting):
        assign(meeting)
    return meeting.interpreter_id != before


def _give_back(meeting: Meeting, *, coming: Collection[UUID], but_for: Interpreter | None) -> None:
    """Have this interpreter at a meeting, who is booked by now, or nobody: whoever else was booked for it is free, only then."""
    stay = [booking.person_key(person_id) for person_id in coming]
    interprets = or_(Booking.resource.startswith("interpreter:"), Booking.resource.startswith("person:") & Booking.resource.not_in(stay))
    wanted = Booking.resource.in_(keys(but_for) if but_for else []) & Booking.cell.in_(cells(meeting.starts_at, meeting.length_minutes))
    db.session.execute(delete(Booking).where(Booking.holder == f"meeting:{meeting.id}", interprets, ~wanted))
    meeting.interpreter_id = but_for.id if but_for else None


def _taken(one: Interpreter, meeting: Meeting) -> bool:
    """Whether somebody else was quicker, or books this person right now; then nothing of the attempt stays."""
    try:
        with db.session.begin_nested(), _impatient(one):
            if booking.take(keys(one), meeting.starts_at, minutes=meeting.length_minutes, holder=f"meeting:{meeting.id}"):
                raise booking.Taken()
    except booking.Taken:
        return True
    except OperationalError:
        if one.person_id is None:
            raise
        return True
    return False


@contextmanager
def _impatient(one: Interpreter) -> Iterator[None]:
    """People are booked before places, who interprets after them: to wait for a person here could be waiting in a circle."""
    if one.person_id is None or not is_postgresql():
        yield
        return
    usual = db.session.scalar(select(func.current_setting("lock_timeout")))
    db.session.execute(select(func.set_config("lock_timeout", MOST_PATIENCE, True)))
    yield
    db.session.execute(select(func.set_config("lock_timeout", usual, True)))


def get(interpreter_id: UUID, *, by: Actor, lock: bool = False) -> Interpreter:
    """An interpreter of a fair whose meetings the person runs. Raises NotFound."""
    one = db.session.get(Interpreter, interpreter_id, with_for_update=lock or None, populate_existing=lock)
    if one is None or not by.may(RUN, fair_id=one.fair_id):
        raise NotFound()
    return one


def add(fair_id: UUID, *, name: str, languages: Sequence[str], email: str | None = None, by: Actor) -> Interpreter:
    """Somebody who interprets at a fair between any two of ``languages``. With ``email`` of an account they see their own list.

    Raises Forbidden, Invalid (fewer than two languages, nobody has the address), Duplicate."""
    by.require(RUN, fair_id=fair_id)
    person = _person(fair_id, email)
    _check(languages)
    one = Interpreter(
        fair_id=fair_id, person_id=person.id if person else None, name=name, languages=sorted(set(languages)), created_at=now()
    )
    db.session.add(one)
    db.session.flush()
    audit.record("interpreters.add", f"interpreter:{one.id}", by=by, fair_id=fair_id)
    return one


def _person(fair_id: UUID, email: str | None) -> Person | None:
    if email is None:
        return None
    person = accounts.by_email(email)
    if person is None or person.disabled_at is not None:
        raise Invalid.field("email", "person_unknown", gettext("Nobody has an account with this mail address. Ask them to register first."))
    if db.session.scalar(select(Interpreter.id).where(Interpreter.fair_id == fair_id, Interpreter.person_id == person.id)) is not None:
        raise Duplicate(gettext("This person is an interpreter of this fair already."))
    return person


def _check(languages: Sequence[str]) -> None:
    if len(set(languages)) < 2:
        raise Invalid.field("languages", "two_languages", gettext("Choose at least two languages to interpret between."))


def change(interpreter_id: UUID, *, name: str, languages: Sequence[str], by: Actor) -> Interpreter:
    """Another name or other languages; meetings that are assigned already stay. Raises NotFound, Invalid, IllegalMove (has left)."""
    one = get(interpreter_id, by=by, lock=True)
    if one.left_at is not None:
        raise IllegalMove(gettext("This interpreter has left."))
    _check(languages)
    one.name, one.languages = name, sorted(set(languages))
    audit.record("interpreters.change", f"interpreter:{one.id}", by=by, fair_id=one.fair_id)
    return one


def choose(meeting_id: UUID, interpreter_id: UUID | None, *, by: Actor) -> Meeting:
    """Have this interpreter at a meeting, or nobody. Raises NotFound, IllegalMove, Invalid (language), Taken."""
    meeting = run_meeting(meeting_id, by=by, lock=True)
    if meeting.status not in ALIVE:
        raise IllegalMove(gettext("This meeting is over, or does not take place."))
    before, coming = meeting.interpreter_id, comers(meeting)
    one: Interpreter | None = None
    if interpreter_id is not None:
        one = get(interpreter_id, by=by)
        if one.fair_id != meeting.fair_id or one.left_at is not None:
            raise NotFound()
        if not {meeting.from_language, meeting.to_language} - {None} <= set(one.languages):
            raise Invalid.field("interpreter_id", "language", gettext("%(name)s does not speak both languages.", name=one.name))
        if one.person_id in coming:
            raise Invalid.field("interpreter_id", "comes", gettext("%(name)s comes to this meeting for one of the two sides.", name=one.name))
        if _taken(one, meeting):
            text = gettext("%(name)s is away or at another meeting at this time.", name=one.name)
            raise booking.Taken(text)
    _give_back(meeting, coming=coming, but_for=one)
    if meeting.interpreter_id != before:
        audit.record("meetings.interpreter", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
        day_notices.interpreter_changed([meeting])
    db.session.flush()
    return meeting


def run_meeting(meeting_id: UUID, *, by: Actor, lock: bool = False) -> Meeting:
    """A meeting of a fair whose meetings the person runs: of it they read place, time, names and languages only. Raises NotFound."""
    meeting = db.session.get(Meeting, meeting_id, with_for_update=lock or None, populate_existing=lock)
    if meeting is None or not by.may(RUN, fair_id=meeting.fair_id):
        raise NotFound()
    return meeting


def ahead(one: Interpreter, *, starts_at: datetime | None = None, ends_at: datetime | None = None, lock: bool = False) -> list[Meeting]:
    """The meetings an interpreter is assigned to from now on, or within a time, the earliest first."""
    query = select(Meeting).where(Meeting.interpreter_id == one.id, Meeting.status.in_(ALIVE)).order_by(Meeting.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    begins = max(starts_at or now(), now())
    found = [meeting for meeting in db.session.scalars(query) if meeting.starts_at + timedelta(minutes=meeting.length_minutes) > begins]
    return sorted((meeting for meeting in found if ends_at is None or meeting.starts_at < ends_at), key=lambda meeting: meeting.starts_at)


def absent(
    interpreter_id: UUID, *, starts_at: datetime, ends_at: datetime, reason: str | None = None, accept_warnings: bool = False, by: Actor
) -> Absence:
    """An interpreter takes no meetings for a time; who had one then gets another interpreter, if one is free.

    Raises NotFound, Invalid, Warned (names each meeting that needs somebody else, unless ``accept_warnings``), Taken (away already)."""
    one = get(interpreter_id, by=by, lock=True)
    fair = fairs.get(one.fair_id)
    venue.check_times(starts_at, ends_at, fair)
    touched = ahead(one, starts_at=starts_at, ends_at=ends_at, lock=True)
    _settle(touched, accept_warnings=accept_warnings)
    absence = Absence(
        fair_id=fair.id, interpreter_id=one.id, starts_at=starts_at, ends_at=ends_at, reason=reason, created_by=by.person_id, created_at=now()
    )
    db.session.add(absence)
    db.session.flush()
    minutes, holder = int((ends_at - starts_at) / timedelta(minutes=1)), f"absence:{absence.id}"
    _hand_over(one, touched, set(cells(starts_at, minutes)), to=holder)
    # What else the person has at that time, such as a meeting of their own, stays theirs.
    if booking.interpreter_key(one.id) in booking.take(keys(one), starts_at, minutes=minutes, holder=holder):
        raise booking.Taken(gettext("%(name)s is away at this time already.", name=one.name))
    audit.record("interpreters.absent", f"interpreter:{one.id}", by=by, fair_id=fair.id, absence=str(absence.id))
    _replace(touched, by=by)
    return absence


def _hand_over(one: Interpreter, meetings: Sequence[Meeting], quarters: Collection[datetime], *, to: str) -> None:
    """What these meetings have of an interpreter in these quarters goes to another holder; nothing is free in between."""
    theirs = (Booking.holder.in_([f"meeting:{meeting.id}" for meeting in meetings]), Booking.resource.in_(keys(one)), Booking.cell.in_(quarters))
    db.session.execute(update(Booking).where(*theirs).values(holder=to), execution_options={"synchronize_session": False})


def _settle(touched: Sequence[Meeting], *, accept_warnings: bool) -> None:
    """Raises Warned: each meeting by its time, with whether somebody else is free. What is free now may be taken by another of them."""
    if accept_warnings or not touched:
        return
    found = []
    for meeting in touched:
        when = notices.clock(meeting.starts_at, fairs.get(meeting.fair_id))
        pair = [code for code in (meeting.from_language, meeting.to_language) if code]
        others = available(meeting.fair_id, pair, starts_at=meeting.starts_at, minutes=meeting.length_minutes, but_for=comers(meeting))
        who = gettext("%(when)s: %(name)s is free instead.", when=when, name=others[0].name) if others else gettext("%(when)s: nobody else is free.", when=when)
        found.append(Conflict(Kind.NO_INTERPRETER, Level.WARN, who))
    raise Warned(found)


def _replace(touched: Sequence[Meeting], *, by: Actor) -> None:
    for meeting in touched:
        assign(meeting)
        audit.record("meetings.interpreter", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    day_notices.interpreter_changed(touched)
    db.session.flush()


def back(absence_id: UUID, *, by: Actor) -> Interpreter:
    """The absence of an interpreter is called off; their time is free again. Raises NotFound."""
    absence = db.session.get(Absence, absence_id, with_for_update=True)
    if absence is None or absence.interpreter_id is None:
        raise NotFound()
    one = get(absence.interpreter_id, by=by, lock=True)
    booking.free(f"absence:{absence.id}")
    db.session.delete(absence)
    audit.record("interpreters.back", f"interpreter:{one.id}", by=by, fair_id=one.fair_id, absence=str(absence.id))
    return one


def leave(interpreter_id: UUID, *, accept_warnings: bool = False, by: Actor) -> Interpreter:
    """An interpreter works here no longer; whoever had them gets another one, if one is free. Raises NotFound, IllegalMove, Warned."""
    one = get(interpreter_id, by=by, lock=True)
    if one.left_at is not None:
        raise IllegalMove(gettext("This interpreter has left."))
    touched = ahead(one, lock=True)
    _settle(touched, accept_warnings=accept_warnings)
    one.left_at = now()
    db.session.flush()
    audit.record("interpreters.leave", f"interpreter:{one.id}", by=by, fair_id=one.fair_id)
    _replace(touched, by=by)
    return one
