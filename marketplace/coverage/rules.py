"""What two answers make of a proposal, what one side may know of it, and how exposure is cut into bands: no database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.coverage.models import Answer, State

SILENT_DAYS = 2
"""After so many days without a contact an organisation is worth a call."""
BANDS: tuple[tuple[str, int, int | None], ...] = (("0", 0, 0), ("1", 1, 1), ("2-5", 2, 5), ("6+", 6, None))
"""Bands of exposure: their code, the least and the most needs that show an achievement."""


class Seen(StrEnum):
    """A proposal as one side sees it; of the other side's answer it learns only that both are interested."""

    WAITING = "waiting"
    INTERESTED = "interested"
    DECLINED = "declined"
    BOTH = "both"
    TALKING = "talking"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Band:
    """How many achievements so many needs show."""

    code: str
    count: int


def state_of(answers: Iterable[Answer | None]) -> State:
    """The state of an open proposal by the answers of its two sides."""
    given = list(answers)
    if Answer.DECLINED in given:
        return State.DECLINED
    return State.WANTED if all(answer is Answer.INTERESTED for answer in given) else State.PROPOSED


def seen(state: State, answer: Answer | None) -> Seen:
    """What a side that gave this answer sees: the other's silence and its "no" look alike."""
    if state is State.TALKING:
        return Seen.TALKING
    if state is State.WITHDRAWN:
        return Seen.WITHDRAWN
    if answer is None:
        return Seen.WAITING
    if answer is Answer.DECLINED:
        return Seen.DECLINED
    return Seen.BOTH if state is State.WANTED else Seen.INTERESTED


class OfPair(Protocol):
    """Whatever names a fair, a need and an achievement: a proposal, a negotiation."""

    fair_id: Any
    need_id: Any
    achievement_id: Any


def is_about(thread: OfPair, proposal: OfPair) -> bool:
    """Whether a thread is about a proposed pair at the same fair: whichever of the two listings it names is the proposal's."""
    same_need = thread.need_id in (proposal.need_id, None)
    same_achievement = thread.achievement_id in (proposal.achievement_id, None)
    return thread.fair_id == proposal.fair_id and same_need and same_achievement


def pair_key(fair_id: UUID, need_id: UUID, achievement_id: UUID) -> str:
    """The name of a pair at a fair."""
    return f"{fair_id}:{need_id}:{achievement_id}"


def banded(counts: Mapping[int, int]) -> list[Band]:
    """Bands from {needs that show an achievement: achievements}; they sum to all achievements."""
    return [
        Band(code, sum(number for shown, number in counts.items() if shown >= least and (most is None or shown <= most)))
        for code, least, most in BANDS
    ]


def day_of(moment: datetime, time_zone: str) -> date:
    """The day of a moment on the fair's clock."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def days_since(moment: datetime, day: date, time_zone: str) -> int:
    """Whole calendar days of the fair between a moment and a day; never less than none."""
    return max(0, (day - day_of(moment, time_zone)).days)
