"""The programmes of the sample fairs: places, sessions by field, and what is booked in them, on the fair's own clock."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from marketplace.demo.vocabulary import Pair, patterns

SLOT_PRICE_MINOR = 200_000
"""What a pitch slot costs where it is not free: 2,000 yuan, in fen."""


@dataclass(frozen=True, slots=True)
class Place:
    """A hall, table or online room, and how many people it holds; a table stands in the ``hall``-th place."""

    kind: str
    name: Pair
    capacity: int
    link: str | None = None
    hall: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session in the ``place``-th place; ``price_minor`` is that of a pitch slot in yuan's minor units, None is free."""

    place: int
    day: date
    begins: time
    minutes: int
    title: Pair
    slots: int = 0
    price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Pitch:
    """An achievement (a place in the edition's list) that its owner presents in the ``session``-th session."""

    session: int
    achievement: int


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that the asking side of the ``negotiation``-th talks wishes for, at the ``place``-th place."""

    place: int
    day: date
    begins: time
    minutes: int
    topic: Pair
    negotiation: int


@dataclass(frozen=True, slots=True)
class Programme:
    """All of an edition's roadshow; indices point into its own lists. ``ways``: from hall to hall, and how many minutes."""

    places: tuple[Place, ...]
    sessions: tuple[Session, ...]
    pitches: tuple[Pitch, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    ways: tuple[tuple[int, int, int], ...] = ()


def programme_2020(first_day: date) -> Programme:
    """Six sessions in four days. They have no pitch slots: a closed fair has none to give."""
    tables = (_table(number, hall=(number - 1) // 5) for number in range(1, 11))
    places = (*(_hall(letter, 400) for letter in "ABC"), *tables, _online("zgc-2020"))
    online = len(places) - 1
    rows = (
        (0, 0, time(14), "Electronic information and artificial intelligence", "电子信息与人工智能专场"),
        (0, 1, time(9, 30), "Biomedicine and medical devices", "生物医药与医疗器械专场"),
        (1, 1, time(14), "New materials", "新材料专场"),
        (1, 2, time(9, 30), "Advanced manufacturing and robots", "先进制造与机器人专场"),
        (online, 2, time(14), "New energy and environment: projects from abroad", "新能源与环保：国际项目线上专场"),
        (2, 3, time(9, 30), "Modern transport and city development", "现代交通与城市发展专场"),
    )
    sessions = (
        Session(place, first_day + timedelta(days=day), begins, 150, Pair(f"Roadshow: {en}", f"{zh}路演"))
        for place, day, begins, en, zh in rows
    )
    return Programme(places, tuple(sessions), ways=((0, 1, 4), (0, 2, 9), (1, 2, 6)))


def open_programme(today: date, *, achievement: int, negotiation: int) -> Programme:
    """Three sessions from ``today`` on; whatever is booked lies tomorrow, so it lies ahead at any hour of ``today``.

    The achievement is pitched in the free session; the talks of that number get a request to meet.
    """
    tomorrow, last = today + timedelta(days=1), today + timedelta(days=2)
    tables = (_table(number, hall=0 if number <= 2 else 6) for number in range(1, 5))
    places = (_hall("A", 200), *tables, _online("today"), _hall("B", 120))
    sessions = (
        Session(0, today, time(16), 120, Pair("Roadshow: new materials and energy", "新材料与新能源路演"), 6, SLOT_PRICE_MINOR),
        Session(0, tomorrow, time(10), 120, Pair("Open roadshow: every field", "综合公益路演"), 8),
        Session(5, last, time(14), 90, Pair("Online roadshow: projects from abroad", "国际项目线上路演"), 4, SLOT_PRICE_MINOR),
    )
    meeting = Meeting(2, tomorrow, time(14), 30, patterns()["meeting_topic"][0], negotiation)
    return Programme(places, sessions, (Pitch(1, achievement),), (meeting,), ways=((0, 6, 8),))


def _hall(letter: str, capacity: int) -> Place:
    return Place("hall", Pair(f"Hall {letter}", f"{letter}厅"), capacity)


def _table(number: int, *, hall: int) -> Place:
    return Place("table", Pair(f"Table {number}", f"{number}号洽谈桌"), 6, hall=hall)


def _online(name: str) -> Place:
    return Place("online", Pair("Online room", "线上会议室"), 1000, f"https://meet.example/{name}")
