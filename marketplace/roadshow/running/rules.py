"""Pure rules of the running roadshow: what is on now and what comes next, codes of doors, and another order of pitches (docs/rules/running.md)."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is read as another one or as a digit."""
LENGTH = 26

Key = TypeVar("Key")


class Standing(StrEnum):
    """Where a pitch of a session stands at a moment."""

    DONE = "done"
    ON_NOW = "on_now"
    NEXT = "next"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A pitch as it was planned and as it was marked."""

    id: UUID
    starts_at: datetime
    minutes: int
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A pitch at a moment: ``starts_at`` and ``ends_at`` as they were or are expected; ``late_minutes`` behind the plan, whole ones."""

    id: UUID
    standing: Standing
    starts_at: datetime
    ends_at: datetime
    late_minutes: int


def running_order(pitches: Sequence[Planned], *, late_minutes: int, over: bool, at: datetime) -> list[Turn]:
    """The turns of a session at a moment, in the order of the plan.

    A mark weighs more than the clock: a started pitch is on until it is finished or a later one is started, and those before the
    last started one are done. Without any mark the clock decides, put back by the announced ``late_minutes``. A pitch that waits
    begins at its planned time put back by them, not before the one ahead of it ends, and where marks are set not in the past.
    ``ends_at`` of what is on is when its time is up, passed or not. ``over``: the session was marked finished.
    """
    ordered = sorted(pitches, key=lambda pitch: (pitch.starts_at, pitch.id))
    last = max((number for number, pitch in enumerate(ordered) if pitch.started_at), default=-1)
    turns: list[Turn] = []
    ahead: datetime | None = None
    for number, pitch in enumerate(ordered):
        begins, ends = _times(pitch, late=timedelta(minutes=late_minutes), not_before=(ahead, at if last >= 0 else None), passed=number < last or over)
        if pitch.finished_at is not None or number < last or over:
            standing = Standing.DONE
        elif number == last:
            standing = Standing.ON_NOW
        elif last >= 0 or begins > at:
            standing = Standing.LATER
        else:
            standing = Standing.ON_NOW if at < ends else Standing.DONE
        if standing is Standing.LATER and all(turn.standing is not Standing.NEXT for turn in turns):
            standing = Standing.NEXT
        late = max(0, (begins - pitch.starts_at) // timedelta(minutes=1))
        turns.append(Turn(id=pitch.id, standing=standing, starts_at=begins, ends_at=ends, late_minutes=late))
        ahead = max(ends, at) if standing is Standing.ON_NOW else ends if number >= last else ahead
    return turns


def _times(pitch: Planned, *, late: timedelta, not_before: tuple[datetime | None, datetime | None], passed: bool) -> tuple[datetime, datetime]:
    """When a pitch began and ended, or will."""
    length = timedelta(minutes=pitch.minutes)
    if pitch.started_at is not None:
        return pitch.started_at, pitch.finished_at or pitch.started_at + length
    begins = pitch.starts_at + late
    if not passed:
        begins = max([begins, *(moment for moment in not_before if moment is not None)])
    return begins, begins + length


def door_code(thing_id: UUID) -> str:
    """The id of a session or pitch as its door's address has it: 26 signs of Crockford's base 32, the first of them 0 to 7."""
    number, signs = thing_id.int, ""
    for _ in range(LENGTH):
        number, rest = divmod(number, len(SIGNS))
        signs = SIGNS[rest] + signs
    return signs


def of_door(code: str) -> UUID | None:
    """The id behind a code; None for what is no code. Capital letters are read as small ones."""
    signs = code.lower()
    if len(signs) != LENGTH or any(sign not in SIGNS for sign in signs):
        return None
    number = 0
    for sign in signs:
        number = number * len(SIGNS) + SIGNS.index(sign)
    return UUID(int=number) if number < 1 << 128 else None


def another_order(now_at: Mapping[Key, int], possible: Mapping[Key, AbstractSet[int]]) -> dict[Key, int] | None:
    """Positions for pitches so that each gets one that is possible for it, few of them another than now; None when there is no such order.

    Who can stay does at first; each of the others takes a free place, or the place of one that can go on to another (Kuhn's
    augmenting paths), in the order of ``now_at``.
    """
    holder = {position: key for key, position in now_at.items() if position in possible[key]}

    def placed(key: Key, tried: set[int]) -> bool:
        for position in sorted(possible[key] - tried, key=lambda one: (one in holder, abs(one - now_at[key]), one)):
            if position in tried:
                continue
            tried.add(position)
            if position not in holder or placed(holder[position], tried):
                holder[position] = key
                return True
        return False

    for key, position in now_at.items():
        if position not in possible[key] and not placed(key, set()):
            return None
    return {key: position for position, key in holder.items()}
