"""What speaks against a place and time, in three levels: what stops, what asks for a second yes, what is not mentioned.

Whatever is decided here, the table of bookings has the last word on what nothing may hold twice.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FieldError, Invalid
from marketplace.core.i18n import gettext, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.venue import booking, overdue, rooms, rules, walking
from marketplace.venue.models import Booking, Closure, ConflictLevel, Level, Place


class Kind(StrEnum):
    """What may be wrong with a place and time."""

    DOUBLE_BOOKING = "double_booking"
    PLACE_CLOSED = "place_closed"
    OUTSIDE_FAIR = "outside_fair"
    ABSENT = "absent"
    ORGANIZATION_ABSENT = "organization_absent"
    WALKING = "walking"
    SAME_PARTNER = "same_partner"
    NO_INTERPRETER = "no_interpreter"
    BACK_TO_BACK = "back_to_back"
    OTHER_DAY = "other_day"
    TWICE_AT_ONCE = "twice_at_once"
    TOLD_AT_ONCE = "told_at_once"


HARD = frozenset({Kind.DOUBLE_BOOKING, Kind.PLACE_CLOSED, Kind.OUTSIDE_FAIR, Kind.ABSENT})
"""Kinds that always stop: the database or the fair's days would refuse them anyway."""
USUAL: Mapping[Kind, Level] = MappingProxyType(
    dict.fromkeys(HARD, Level.BLOCK)
    | {
        Kind.ORGANIZATION_ABSENT: Level.BLOCK, Kind.WALKING: Level.WARN, Kind.SAME_PARTNER: Level.WARN,
        Kind.NO_INTERPRETER: Level.WARN, Kind.BACK_TO_BACK: Level.IGNORE,
        Kind.OTHER_DAY: Level.WARN, Kind.TWICE_AT_ONCE: Level.WARN, Kind.TOLD_AT_ONCE: Level.WARN,
    }
)  # fmt: skip
"""What each kind weighs unless the fair's manager says otherwise."""
WEIGHT = (Level.BLOCK, Level.WARN, Level.IGNORE)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was found, before it is weighed: its kind, and a sentence for the reader."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that speaks against a place and time at a fair, and how much."""

    kind: Kind
    level: Level
    text: str


class Blocked(DomainError):
    """Something speaks against it that this fair does not allow; ``errors`` names each."""

    slug, title = "conflict-found", _l("Something speaks against it")
    text = _l("Something speaks against this place and time.")

    def __init__(self, conflicts: Iterable[Conflict]):
        stopping = [each for each in conflicts if each.level is Level.BLOCK]
        super().__init__(errors=tuple(FieldError("/starts_at", each.kind.value, each.text) for each in stopping))


class Warned(DomainError):
    """Something speaks against it that may be accepted: the same again with ``accept_warnings`` goes through."""

    slug, title = "warnings", _l("Please look again")
    text = _l("Something speaks against this place and time. Send it again with accept_warnings to go ahead all the same.")

    def __init__(self, conflicts: Iterable[Conflict]):
        warning = [each for each in conflicts if each.level is Level.WARN]
        super().__init__(errors=tuple(FieldError("/accept_warnings", each.kind.value, each.text) for each in warning))


def found(
    fair: Fair,
    *,
    starts_at: datetime,
    minutes: int,
    place: Place | None = None,
    people: Collection[UUID] = (),
    others: Collection[UUID] = (),
    interpreter_id: UUID | None = None,
    holders: Collection[str] = (),
    more: Iterable[Fact] = (),
) -> list[Conflict]:
    """What speaks against a place, people and an interpreter at a time of a fair, the heaviest first; what is ignored is left out.

    ``people`` are told of by name, ``others`` (of the other side) only as somebody; ``holders`` are what the time is for, such as
    'meeting:…': their own bookings do not count. ``more``: what a higher domain found. A constant number of queries."""
    ends_at = starts_at + timedelta(minutes=minutes)
    facts = [*more]
    if not rules.within_days(starts_at, ends_at, opens_on=fair.opens_on, closes_on=fair.closes_on, time_zone=fair.time_zone):
        facts.append(Fact(Kind.OUTSIDE_FAIR, gettext("This is outside the fair's days.")))
    names = _names(people)
    facts += _taken(starts_at, minutes=minutes, place=place, names=names, others=others, interpreter_id=interpreter_id, holders=holders)
    if place is not None:
        facts += _ways(fair, place, starts_at, ends_at, names=names, others=others, holders=holders)
    return weighed(facts, fair_id=fair.id)


def weighed(facts: Iterable[Fact], *, fair_id: UUID) -> list[Conflict]:
    """What was found with what each weighs at this fair, the heaviest first; what is ignored is left out."""
    each_once = list(dict.fromkeys(facts))
    if not each_once:
        return []
    by_kind = levels(fair_id)
    conflicts = [Conflict(fact.kind, by_kind[fact.kind], fact.text) for fact in each_once]
    return sorted((each for each in conflicts if each.level is not Level.IGNORE), key=lambda each: WEIGHT.index(each.level))


def settle(conflicts: Collection[Conflict], *, accept_warnings: bool) -> None:
    """Raises Blocked when one stops, Warned when one warns and warnings were not accepted."""
    if any(each.level is Level.BLOCK for each in conflicts):
        raise Blocked(conflicts)
    if not accept_warnings and any(each.level is Level.WARN for each in conflicts):
        raise Warned(conflicts)


def levels(fair_id: UUID) -> dict[Kind, Level]:
    """What each kind weighs at a fair. A kind that always stops does so whatever was stored."""
    query = select(ConflictLevel).where(ConflictLevel.fair_id == fair_id)
    own = {row.kind: row.level for row in db.session.scalars(query)}
    return {kind: usual if kind in HARD else own.get(kind.value, usual) for kind, usual in USUAL.items()}


def weigh(fair_id: UUID, wanted: Mapping[str, str], *, by: Actor) -> dict[Kind, Level]:
    """Say what kinds shall weigh at a fair from now on; those left out stay. Raises Forbidden, Invalid for one that always stops."""
    by.require("venue.manage", fair_id=fair_id)
    for kind, level in wanted.items():
        if kind not in USUAL or Kind(kind) in HARD:
            raise Invalid.field(kind, "always_stops", gettext("This always stops."))
        row = db.session.get(ConflictLevel, (fair_id, kind))
        if row is None:
            row = ConflictLevel(fair_id=fair_id, kind=kind)
            db.session.add(row)
        row.level = Level(level)
    audit.record("venue.weigh_conflicts", f"fair:{fair_id}", by=by, fair_id=fair_id, kinds=sorted(wanted))
    db.session.flush()
    return levels(fair_id)


def _names(people: Collection[UUID]) -> dict[UUID, str]:
    if not people:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(list(people))))
    return {row.id: row.name for row in rows}


def _taken(
    starts_at: datetime, *, minutes: int, place: Place | None, names: Mapping[UUID, str], others: Collection[UUID],
    interpreter_id: UUID | None, holders: Collection[str],
) -> list[Fact]:  # fmt: skip
    """What somebody else holds of what is wanted."""
    somebody = gettext("somebody of the other side")
    wanted = {booking.person_key(person_id): somebody for person_id in others}
    wanted |= {booking.person_key(person_id): name for person_id, name in names.items()}
    if interpreter_id is not None:
        wanted[booking.interpreter_key(interpreter_id)] = gettext("the interpreter")
    if place is not None:
        wanted[booking.place_key(place.id)] = localized(place, "name")[0]
    query = select(Booking.resource, Booking.holder).where(
        Booking.resource.in_(list(wanted)), Booking.cell.in_(rules.cells(starts_at, minutes)), Booking.holder.not_in(list(holders))
    )
    facts = _other_use(place, holders) if place is not None else []
    held = {(resource, holder) for resource, holder in db.session.execute(query)}
    gone = overdue.over() if held else ()
    for resource, holder in sorted((resource, holder) for resource, holder in held if holder not in gone):
        if holder.startswith("closure:"):
            closure = db.session.get(Closure, UUID(holder.partition(":")[2]))
            reason = closure.reason if closure else "–"
            facts.append(Fact(Kind.PLACE_CLOSED, gettext("%(place)s is closed: %(reason)s", place=wanted[resource], reason=reason)))
        elif holder.startswith("absence:"):
            facts.append(Fact(Kind.ABSENT, gettext("Away at this time: %(who)s.", who=wanted[resource])))
        else:
            facts.append(Fact(Kind.DOUBLE_BOOKING, gettext("Already taken at this time: %(what)s.", what=wanted[resource])))
    return facts


def _other_use(place: Place, holders: Collection[str]) -> list[Fact]:
    """An online room that is for sessions where a meeting would take place, or the other way round."""
    use = next((found for holder in holders if (found := rooms.use_of(holder))), None)
    if rooms.usable([place], use):
        return []
    return [Fact(Kind.DOUBLE_BOOKING, gettext("Already taken at this time: %(what)s.", what=booking.name_of(rooms.use_key(place.id), [place])))]


def _ways(
    fair: Fair, place: Place, starts_at: datetime, ends_at: datetime, *, names: Mapping[UUID, str], others: Collection[UUID],
    holders: Collection[str],
) -> list[Fact]:  # fmt: skip
    """Who would have too little time for the way from the place before, or to the place after."""
    beside = walking.neighbours([*names, *others], starts_at, ends_at, but_for=holders)
    if not beside:
        return []
    ways, facts = walking.ways(fair.id), []
    for each in beside:
        needed, has = ways.minutes(each.place, place), int(each.gap(starts_at, ends_at) / timedelta(minutes=1))
        who = names.get(each.person_id)
        if needed > has and who is None:
            text = gettext("Somebody of the other side needs %(needed)s min for the way and has %(has)s.", needed=needed, has=has)
            facts.append(Fact(Kind.WALKING, text))
        elif needed > has:
            facts.append(Fact(Kind.WALKING, gettext(
                "%(who)s needs %(needed)s min for the way between %(one)s and %(other)s and has %(has)s.",
                who=who, needed=needed, has=has, one=localized(each.place, "name")[0], other=localized(place, "name")[0],
            )))  # fmt: skip
        elif has == 0:
            text = gettext("%(who)s has no pause between two appointments.", who=who or gettext("somebody of the other side"))
            facts.append(Fact(Kind.BACK_TO_BACK, text))
    return facts
