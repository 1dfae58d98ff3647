"""Booking place and people for a meeting, and weighing what speaks against it: one way for requests, answers and moves."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext, localized
from marketplace.fairs.models import Fair
from marketplace.meetings import availability, expiring, interpreters, queries
from marketplace.meetings.models import Meeting, MeetingPerson, MeetingStatus
from marketplace.organizations.models import Organization
from marketplace.venue import booking, conflicts
from marketplace.venue import service as venue
from marketplace.venue.conflicts import Fact, Kind
from marketplace.venue.models import Place, PlaceKind

MOST_PEOPLE = 5
MOST_TRIES = 8
OPEN = (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED)


def coming(people: Sequence[UUID], *, by: Actor) -> list[UUID]:
    """Who comes for the side one acts for: those named, oneself when nobody is. Raises Invalid for who does not belong to it."""
    own = {person.id for person in queries.colleagues(by)}
    chosen = list(dict.fromkeys(people)) or [by.person_id]
    if len(chosen) > MOST_PEOPLE or not own.issuperset(chosen):
        raise Invalid.field("people", "people", gettext("Choose up to %(most)s people of your organisation.", most=MOST_PEOPLE))
    return chosen


def people(meeting: Meeting) -> list[MeetingPerson]:
    return list(db.session.scalars(select(MeetingPerson).where(MeetingPerson.meeting_id == meeting.id)))


def write_down(meeting: Meeting, chosen: Iterable[UUID], *, organization_id: UUID) -> None:
    """Who comes for a side. The meeting must be in the database by then."""
    db.session.flush()
    there = {row.person_id for row in people(meeting)}
    for person_id in chosen:
        if person_id not in there:
            db.session.add(MeetingPerson(meeting_id=meeting.id, organization_id=organization_id, person_id=person_id))
    db.session.flush()


def place_for_meetings(place_id: UUID, *, fair: Fair) -> Place:
    """Raises NotFound, Invalid for a hall."""
    place = venue.get_place(place_id, fair_id=fair.id)
    if place.kind is PlaceKind.HALL:
        raise Invalid.field("place_id", "hall", gettext("Halls are for sessions; choose a table, a room or an online room."))
    return place


def take(
    meeting: Meeting, *, fair: Fair, places: Sequence[Place], starts_at: datetime, minutes: int, people: Sequence[UUID], holder: str,
    others: Sequence[UUID] = (), needs_place: bool = True, beside: str = "",
) -> Place:  # fmt: skip
    """Book one of ``places``, the first that is free, with ``people`` and the ``others`` of the other side; what is overdue gives way.

    ``needs_place=False``: the place is the meeting's already. ``beside``: see `booking.take`. Raises Taken with up to three alternatives."""
    overdue = expiring.end_overdue(fair.id)
    keys = [booking.person_key(person_id) for person_id in (*people, *others)]
    taken: list[str] = []
    for place in places[:MOST_TRIES]:
        wanted = [*keys, booking.place_key(place.id)] if needs_place else keys
        try:
            with db.session.begin_nested():  # what it took of a place that is not to be had goes back before the next
                taken = booking.take(wanted, starts_at, minutes=minutes, holder=holder, instead_of=overdue, beside=beside)
                if taken:
                    raise booking.Taken()
        except booking.Taken:
            if set(taken) & set(keys):
                break
        else:
            expiring.free_all(overdue)
            return place
    both = (meeting.from_organization_id, meeting.to_organization_id)
    wider = list(dict.fromkeys([*places, *booking.similar(places[0])])) if needs_place else [places[0]]
    raise booking.clash(
        taken, starts_at, minutes=minutes, fair=fair, places=wider, people=[*people, *others], holder=holder,
        closed=availability.useless(fair, both), unnamed=others,
    )  # fmt: skip


def any_place(meeting_id: UUID, *, fair: Fair, starts_at: datetime, minutes: int, online: bool) -> list[Place]:
    """Places of a fair that look free at a time, in an order of this meeting's own, so that many who look at once do not all want one.

    Raises NotFound when the fair has none of this kind at all."""
    kinds = {PlaceKind.ONLINE} if online else {PlaceKind.TABLE, PlaceKind.ROOM}
    fitting = [place for place in availability.meeting_places(fair.id) if place.kind in kinds]
    if not fitting:
        raise NotFound(gettext("The fair has no places of this kind for meetings."))
    last = starts_at + timedelta(minutes=minutes - 1)
    held = {resource for resource, _ in booking.occupied([booking.place_key(place.id) for place in fitting], starts_at, last)}
    in_turn = sorted(fitting, key=lambda place: (place.kind is not PlaceKind.TABLE, (place.id.int ^ meeting_id.int) & 0xFFFFFFFF))
    return [place for place in in_turn if booking.place_key(place.id) not in held] or in_turn[:1]


def check(
    meeting: Meeting, *, fair: Fair, place: Place, starts_at: datetime, minutes: int, people: Collection[UUID], others: Collection[UUID] = (),
    accept_warnings: bool, by: Actor, more: Iterable[Fact] = (),
) -> None:  # fmt: skip
    """Weigh what speaks against it once the bookings stand. Raises Blocked, Warned."""
    facts = [*more, *nobody_interprets(meeting, starts_at=starts_at, minutes=minutes, coming=[*people, *others]), *away(meeting, fair=fair, starts_at=starts_at, minutes=minutes, by=by), *same_partner(meeting, people=people, by=by)]
    holders = (f"meeting:{meeting.id}", f"move:{meeting.id}")
    found = conflicts.found(
        fair, starts_at=starts_at, minutes=minutes, place=place, people=people, others=others, holders=holders, more=facts
    )
    conflicts.settle(found, accept_warnings=accept_warnings)


def nobody_interprets(meeting: Meeting, *, starts_at: datetime, minutes: int, coming: Collection[UUID]) -> list[Fact]:
    """Whether the two speak different languages and nobody who speaks both is free: at its own time an interpreter is assigned."""
    if not interpreters.needed(meeting):
        return []
    if starts_at == meeting.starts_at and minutes == meeting.length_minutes:
        somebody = interpreters.assign(meeting) is not None
    else:
        pair = [code for code in (meeting.from_language, meeting.to_language) if code]
        own = f"meeting:{meeting.id}"
        somebody = bool(interpreters.available(meeting.fair_id, pair, starts_at=starts_at, minutes=minutes, holder=own, but_for=coming))
    return [] if somebody else [Fact(Kind.NO_INTERPRETER, gettext("The two sides speak different languages, and no interpreter is free."))]


def away(meeting: Meeting, *, fair: Fair, starts_at: datetime, minutes: int, by: Actor) -> list[Fact]:
    """Which of the two organisations takes no meetings at this time."""
    found = []
    both = (meeting.from_organization_id, meeting.to_organization_id)
    for absence in availability.whole_absences(fair.id, both, starts_at, starts_at + timedelta(minutes=minutes)):
        own = absence.organization_id == by.organization_id
        text = gettext("Your organisation takes no meetings at this time.") if own else gettext("The other organisation takes no meetings at this time.")
        found.append(Fact(Kind.ORGANIZATION_ABSENT, text))
    return found


def same_partner(meeting: Meeting, *, people: Collection[UUID], by: Actor) -> list[Fact]:
    """Meetings of the two at this fair, open or agreed, that none of ``people`` takes part in: a colleague was here before.

    Who asks is told of a request of the other side too; who answers one of several requests knows of them."""
    partner = meeting.other_side(by.organization_id) if by.organization_id else meeting.to_organization_id
    pair = queries.pair_at(meeting.fair_id, meeting.from_organization_id, meeting.to_organization_id)
    before = list(db.session.scalars(pair.where(Meeting.id != meeting.id, Meeting.status.in_(OPEN)).order_by(Meeting.starts_at).limit(5)))
    before = [each for each in before if each.standing in OPEN]
    if not before:
        return []
    name = localized(db.session.get_one(Organization, partner), "name")[0]
    rows = db.session.execute(
        select(MeetingPerson.meeting_id, Person.id, Person.name)
        .join(Person, Person.id == MeetingPerson.person_id)
        .where(MeetingPerson.meeting_id.in_([each.id for each in before]), MeetingPerson.organization_id == by.organization_id)
        .order_by(Person.name)
    ).all()
    found = []
    for each in before:
        theirs = [(person_id, person) for meeting_id, person_id, person in rows if meeting_id == each.id]
        if any(person_id in people for person_id, _ in theirs):
            continue
        if theirs:
            names = ", ".join(person for _, person in theirs)
            found.append(Fact(Kind.SAME_PARTNER, gettext("A colleague meets %(name)s already: %(who)s.", name=name, who=names)))
        elif meeting.from_organization_id == by.organization_id:
            found.append(Fact(Kind.SAME_PARTNER, gettext("%(name)s has asked your organisation for a meeting already.", name=name)))
    return found
