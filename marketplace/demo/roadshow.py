"""Puts the sample's roadshow on: the manager lays out places and sessions, an agency pitches, a company asks to meet."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.demo import programme as planned
from marketplace.demo.people import acting
from marketplace.demo.plan import Edition
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind
from marketplace.meetings import requesting
from marketplace.negotiations.meeting import link
from marketplace.organizations.models import Organization
from marketplace.roadshow import pitching, programme
from marketplace.venue import service as venue


def put_on(
    fair: Fair, edition: Edition, *, listings: Mapping[Kind, Mapping[int, UUID]], organizations: Mapping[int, Organization],
    owners: Mapping[int, Person], threads: Sequence[UUID], manager: Actor,
) -> None:  # fmt: skip
    """The edition's programme with its pitches and meetings; ``threads`` are its negotiations in order. Raises DomainError."""
    show = edition.programme
    places = _lay_out(fair, show, by=manager)
    sessions = [_schedule(fair, session, place=show.places[session.place], place_id=places[session.place], by=manager) for session in show.sessions]
    for pitch in show.pitches:
        presenter = acting(owners[edition.achievements[pitch.achievement].organization])
        pitching.book(sessions[pitch.session], achievement_id=listings[Kind.ACHIEVEMENT][pitch.achievement], by=presenter)
    for meeting in show.meetings:
        talks = edition.negotiations[meeting.negotiation]
        asking = acting(owners[talks.interested])
        asked = requesting.request(
            fair.id, organization_id=organizations[talks.owner].id, place_id=places[meeting.place],
            starts_at=_moment(fair, meeting.day, meeting.begins), length_minutes=meeting.minutes,
            topic=f"{meeting.topic.en}\n\n{meeting.topic.zh}", by=asking,
        )  # fmt: skip
        # Linked with the request: whatever the other side answers, the thread shows it.
        link(threads[meeting.negotiation], asked.id, by=asking)


def _lay_out(fair: Fair, show: planned.Programme, *, by: Actor) -> list[UUID]:
    """The places with the halls they stand in, and the ways between halls."""
    halls: dict[int, UUID] = {}
    made: dict[int, UUID] = {}
    for number, place in sorted(enumerate(show.places), key=lambda each: each[1].kind != "hall"):
        hall_id = None if place.hall is None else halls[place.hall]
        row = venue.add_place(
            fair.id, kind=place.kind, name_en=place.name.en, name_zh=place.name.zh, capacity=place.capacity, link=place.link, hall_id=hall_id, by=by
        )
        made[number] = row.id
        if place.kind == "hall":
            halls[number] = row.id
    for one, other, minutes in show.ways:
        venue.say_way(fair.id, halls[one], halls[other], minutes=minutes, by=by)
    return [made[number] for number in range(len(show.places))]


def _schedule(fair: Fair, session: planned.Session, *, place: planned.Place, place_id: UUID, by: Actor) -> UUID:
    starts_at = _moment(fair, session.day, session.begins)
    return programme.schedule(
        fair.id, place_id=place_id, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=session.minutes),
        title_en=session.title.en, title_zh=session.title.zh, capacity=place.capacity, slots=session.slots, slot_minutes=15,
        price_minor=session.price_minor, currency=None if session.price_minor is None else "CNY", by=by,
    ).id  # fmt: skip


def _moment(fair: Fair, day: date, begins: time) -> datetime:
    """A time on the fair's own clock, in UTC."""
    return datetime.combine(day, begins, ZoneInfo(fair.time_zone)).astimezone(UTC)
