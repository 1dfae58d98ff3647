"""Lines of a schedule and what follows from them: days, quarters of an hour, what is on now, and what stands in each other's way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core.zones import day_of
from marketplace.venue.models import Place
from marketplace.venue.rules import CELL

DAY_BEGINS, DAY_ENDS = 8, 20
"""The hours of the fair's clock that a grid shows at least."""


class Kind(StrEnum):
    MEETING = "meeting"
    PITCH = "pitch"
    SESSION = "session"
    CLOSURE = "closure"
    ABSENCE = "absence"


class State(StrEnum):
    """How sure a line is; the names are those of iCalendar."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the organisations that meet, or that presents."""

    id: UUID
    name_en: str | None
    name_zh: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing in somebody's day, with as much as the reader may know of it.

    ``topic``, ``people`` and ``proposed`` (a new time that a side proposed) are there for the two organisations only. ``late``: minutes
    by which it begins and ends later than planned, of which ``announced`` were told to everybody; ``runs``: from when to when it really takes place, or is expected to, once its session
    has been marked as begun (docs/rules/running.md). ``anonymous``: who presents is not named to the staff. ``holders`` are who and what it takes: 'place:…', 'person:…', 'interpreter:…'.
    ``sequence`` counts the changes a calendar has to learn of.
    """

    kind: Kind
    id: UUID
    fair_id: UUID
    starts_at: datetime
    ends_at: datetime
    state: State
    sequence: int = 0
    late: int = 0
    announced: int = 0
    runs: tuple[datetime, datetime] | None = None
    anonymous: bool = False
    over: bool = False
    place: Place | None = None
    hall: Place | None = None
    title_en: str | None = None
    title_zh: str | None = None
    session_id: UUID | None = None
    session_title_en: str | None = None
    session_title_zh: str | None = None
    sides: tuple[Side, ...] = ()
    topic: str | None = None
    people: tuple[tuple[UUID, UUID, str], ...] = ()
    languages: tuple[str | None, str | None] = (None, None)
    interpreter: str | None = None
    proposed: datetime | None = None
    missed: bool = False
    holders: frozenset[str] = frozenset()
    changed_at: datetime | None = None

    @property
    def begins(self) -> datetime:
        """When it really begins, as far as it is known."""
        return self.runs[0] if self.runs else self.starts_at + timedelta(minutes=self.late)

    @property
    def ends(self) -> datetime:
        """When it really ends, as far as it is known."""
        return self.runs[1] if self.runs else self.ends_at + timedelta(minutes=self.late)

    @property
    def told(self) -> tuple[datetime, datetime]:
        """From when to when it takes place by plan and announcement: what calendars learn, with a change of ``sequence`` each time."""
        late = timedelta(minutes=self.announced)
        return self.starts_at + late, self.ends_at + late


def span_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """From midnight to midnight on a zone's own clock: a day on which clocks change has 23 or 25 hours."""
    begins, ends = (datetime.combine(day, time(0), ZoneInfo(zone)) for day in (first, last + timedelta(days=1)))
    return begins.astimezone(ZoneInfo("UTC")), ends.astimezone(ZoneInfo("UTC"))


def by_day(lines: Iterable[Line], zone: str) -> dict[date, list[Line]]:
    """Lines under the day on which they begin there, in order of time; days without any are left out."""
    found: dict[date, list[Line]] = {}
    for line in sorted(lines, key=lambda line: (line.starts_at, line.ends_at, str(line.id))):
        found.setdefault(day_of(line.starts_at, zone), []).append(line)
    return found


@dataclass(frozen=True, slots=True)
class Turn:
    """What is on at a moment, and what comes after it."""

    now: tuple[Line, ...]
    next: Line | None


def turn(lines: Iterable[Line], moment: datetime) -> Turn:
    """What of these is on, and the first that is still to come; what was called off or is over is neither."""
    alive = [line for line in lines if line.state is not State.CANCELLED and not line.over]
    now = tuple(line for line in alive if line.begins <= moment < line.ends)
    later = sorted((line for line in alive if line.begins > moment), key=lambda line: line.begins)
    return Turn(now, later[0] if later else None)


class Trouble(StrEnum):
    """Why two lines stand in each other's way."""

    PLACE = "place"
    PERSON = "person"
    INTERPRETER = "interpreter"
    WALKING = "walking"


@dataclass(frozen=True, slots=True)
class Clash:
    """Two lines that cannot both be kept: they overlap, or the way between them takes longer than there is time."""

    trouble: Trouble
    one: Line
    other: Line


def clashes(lines: Iterable[Line], minutes_between: Callable[[Place, Place], int]) -> list[Clash]:
    """Every two lines in a row that want the same place, person or interpreter at once, late starts and marks counted, or leave too little time
    for the way. A pitch does not stand in the way of its own session."""
    wanted: dict[str, list[Line]] = {}
    for line in lines:
        if line.state is not State.CANCELLED and not line.over:
            for holder in line.holders:
                wanted.setdefault(holder, []).append(line)
    found: dict[tuple[str, UUID, UUID], Clash] = {}
    for holder, theirs in wanted.items():
        theirs.sort(key=lambda line: (line.begins, line.ends))
        longest = theirs[0]
        for line in theirs[1:]:
            if clash := _clash(holder, longest, line, minutes_between):
                found.setdefault((clash.trouble.value, clash.one.id, clash.other.id), clash)
            if line.ends > longest.ends:
                longest = line
    return sorted(found.values(), key=lambda clash: (clash.other.begins, clash.trouble.value, str(clash.other.id)))


def _clash(holder: str, one: Line, other: Line, minutes_between: Callable[[Place, Place], int]) -> Clash | None:
    kind = holder.split(":")[0]
    if other.begins < one.ends:
        return Clash(Trouble(kind), one, other)
    if kind != "place" and one.place is not None and other.place is not None:
        way = timedelta(minutes=minutes_between(one.place, other.place))
        if other.begins - one.ends < way:
            return Clash(Trouble.WALKING, one, other)
    return None


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbouring quarters of a grid: ``length`` of them, with the lines that fill them, or free."""

    at: datetime
    length: int
    lines: tuple[Line, ...] = ()


def hours_of(day: date, lines: Iterable[Line], zone: str) -> tuple[datetime, int]:
    """From which moment on, and how many quarters, a grid of a day shows: working hours, and more where something lies outside them."""
    midnight, end = span_of(day, day, zone)
    begins, ends = (datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(ZoneInfo("UTC")) for hour in (DAY_BEGINS, DAY_ENDS))
    for line in lines:
        begins, ends = min(begins, line.starts_at), max(ends, line.ends_at)
    begins, ends = max(begins, midnight), min(ends, end)
    local = begins.astimezone(ZoneInfo(zone))
    begins -= timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    return begins, -(-(ends - begins) // CELL)


def blocks(lines: Iterable[Line], begins: datetime, quarters: int) -> list[Block]:
    """A row of a grid without a gap: what overlaps shares a block, free quarters stand one by one."""
    spans: list[tuple[int, int, list[Line]]] = []
    for line in sorted(lines, key=lambda line: (line.starts_at, line.ends_at)):
        first = max(0, (line.starts_at - begins) // CELL)
        last = min(quarters, -(-(line.ends_at - begins) // CELL))
        if last <= first:
            continue
        if spans and first < spans[-1][1]:
            start, end, there = spans[-1]
            spans[-1] = (start, max(end, last), [*there, line])
        else:
            spans.append((first, last, [line]))
    found, at = list[Block](), 0
    for first, last, there in spans:
        found += [Block(begins + CELL * n, 1) for n in range(at, first)]
        found.append(Block(begins + CELL * first, last - first, tuple(there)))
        at = last
    return found + [Block(begins + CELL * n, 1) for n in range(at, quarters)]


def standing(columns: Sequence[Sequence[Block]], quarters: int) -> list[list[Block | None]]:
    """Columns of blocks as the rows of a table: in each row and column the block that begins there, None where one reaches down."""
    found: list[list[Block | None]] = [[None] * len(columns) for _ in range(quarters)]
    for number, column in enumerate(columns):
        at = 0
        for block in column:
            found[at][number] = block
            at += block.length
    return found


def at_clock(day: date, clock: str, zone: str) -> datetime:
    """The moment at which a zone's clock shows 'HH:MM' on a day; the first of the two where it shows it twice."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def wall(moment: datetime, zone: str) -> str:
    """What the wall clock of a zone shows, as a form takes it: '2026-09-18T09:30'."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"
