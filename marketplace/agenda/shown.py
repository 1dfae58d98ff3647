"""Lines of a schedule as pages show them: with titles, addresses, what stands in their way, and as rows and columns of a grid."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import url_for

from marketplace.agenda import rules, wording
from marketplace.agenda.rules import Block, Clash, Kind, Line
from marketplace.core.access import Actor
from marketplace.core.i18n import gettext
from marketplace.core.zones import clock_time
from marketplace.fairs.models import Fair
from marketplace.venue.rules import CELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A line with its words. ``href`` leads to its page and ``ics`` to its calendar file where the reader may open them.

    ``acts_for``: the organisation it is for, when that is not the one acted for now; ``troubles``: what stands in its way."""

    line: Line
    title: str
    where: str
    languages: str
    href: str | None = None
    ics: str | None = None
    link: str | None = None
    acts_for: str | None = None
    troubles: tuple[str, ...] = ()


Show = Callable[[Line], Shown]


def of_sides(clashes: Sequence[Clash], fair: Fair, *, by: Actor, own: Collection[UUID]) -> Show:
    """How lines are shown to who is of one of the two organisations."""
    names = {each.id: each.name for each in by.memberships}
    said = _said(clashes, fair, own)

    def show(line: Line) -> Shown:
        mine = next((side.id for side in line.sides if side.id in own), None)
        here = mine is None or mine == by.organization_id
        return _shown(
            line, own, said, href=page_of(line) if here else None, ics=calendar_of(line), link=wording.link(line),
            acts_for=None if here or mine is None else names.get(mine),
        )  # fmt: skip

    return show


def of_others(clashes: Sequence[Clash], fair: Fair) -> Show:
    """How lines are shown to managers and interpreters: a meeting has no page for them."""
    said = _said(clashes, fair, ())

    def show(line: Line) -> Shown:
        return _shown(line, (), said, href=None if line.kind is Kind.MEETING else page_of(line), link=wording.link(line))

    return show


def _shown(line: Line, own: Collection[UUID], said: dict[UUID, list[str]], **more: Any) -> Shown:
    return Shown(
        line=line, title=wording.title(line, own), where=wording.where(line), languages=wording.languages(line),
        troubles=tuple(said.get(line.id, ())), **more,
    )  # fmt: skip


def _said(clashes: Iterable[Clash], fair: Fair, own: Collection[UUID]) -> dict[UUID, list[str]]:
    """For each line what stands in its way, as a sentence that names the other one."""
    labels, found = wording.trouble_labels(), dict[UUID, list[str]]()
    for clash in clashes:
        for line, other in ((clash.one, clash.other), (clash.other, clash.one)):
            sentence = gettext(
                "%(trouble)s: %(what)s, %(start)s–%(end)s", trouble=labels[clash.trouble], what=wording.title(other, own),
                start=clock_time(other.begins, fair.time_zone), end=clock_time(other.ends, fair.time_zone, ends=True),
            )  # fmt: skip
            found.setdefault(line.id, []).append(sentence)
    return found


def page_of(line: Line) -> str | None:
    """The page of a meeting or session."""
    if line.kind is Kind.MEETING:
        return url_for("meetings.one", meeting_id=line.id)
    return url_for("roadshow.session", session_id=line.session_id) if line.session_id else None


def calendar_of(line: Line) -> str | None:
    """The address of one event's calendar file."""
    if line.kind is Kind.MEETING:
        return url_for("agenda.meeting_file", meeting_id=line.id)
    return url_for("agenda.pitch_file", pitch_id=line.id) if line.kind is Kind.PITCH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a standing grid, or a row of a lying one: a day, a person, a place or an interpreter."""

    title: str
    lines: Sequence[Line]
    day: date
    href: str | None = None
    note: str = ""
    key: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Quarters of an hour and what fills them. ``hours``: the labels, each over four quarters; ``now``: the quarter it is."""

    columns: Sequence[Column]
    hours: Sequence[str]
    rows: Sequence[Sequence[Block | None]]
    lying: Sequence[Sequence[Block]]
    now: int | None


def grid(columns: Sequence[Column], zone: str, moment: datetime) -> Grid:
    """The columns over the same hours of the zone's clock: as many as the longest of their days needs."""
    spans = [rules.hours_of(column.day, column.lines, zone) for column in columns]
    if not spans:
        return Grid(columns=(), hours=(), rows=(), lying=(), now=None)
    earliest = min(f"{begins.astimezone(ZoneInfo(zone)):%H:%M}" for begins, _ in spans)
    begins = [rules.at_clock(column.day, earliest, zone) for column in columns]
    quarters = max((start + CELL * length - first) // CELL for first, (start, length) in zip(begins, spans, strict=True))
    quarters = -(-quarters // 4) * 4
    lying = [rules.blocks(column.lines, first, quarters) for column, first in zip(columns, begins, strict=True)]
    passed = (moment - begins[0]) // CELL
    return Grid(
        columns=columns, hours=[clock_time(begins[0] + CELL * n, zone) for n in range(0, quarters, 4)],
        rows=rules.standing(lying, quarters), lying=lying, now=passed if 0 <= passed < quarters else None,
    )  # fmt: skip
