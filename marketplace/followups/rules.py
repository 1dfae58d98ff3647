"""What became of intents, in numbers: when each is due, which converted by when, and what of it may be told in public."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as made_by
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.followups.models import HORIZONS, Outcome, Side
from marketplace.ledger.rules import batch_is_safe

SILENT_FOR = timedelta(days=14)
"""A side that was asked so long ago and says nothing makes its follow-up *stale*."""
AXES = ("field", "agency", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intent as the curve sees it. ``contract_after`` is the days until a contract that names it was signed, None when there is none;
    ``words`` the last word of each side at each horizon."""

    begun_on: date
    field: str
    agency: str
    country: str
    parties: tuple[str, ...]
    contract_after: int | None = None
    words: Mapping[tuple[int, Side], Outcome] = made_by(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    """Of ``observed`` intents, whose horizon has passed, so many converted: by a contract that names them, or by both sides' word alone."""

    days: int
    observed: int
    by_contract: int
    by_word: int

    @property
    def converted(self) -> int:
        return self.by_contract + self.by_word


def begun_on(signed_on: date | None, declared_at: datetime, zone: str) -> date:
    """The day from which horizons count: of signing, else of the declaration on the fair's clock."""
    return signed_on or declared_at.astimezone(ZoneInfo(zone)).date()


def due(begun: date, today: date) -> list[int]:
    """The horizons that have come."""
    return [days for days in HORIZONS if begun + timedelta(days=days) <= today]


def by_contract(intent: Intent, days: int) -> bool:
    return intent.contract_after is not None and intent.contract_after <= days


def by_word(intent: Intent, days: int) -> bool:
    """Whether both sides said *signed* at this horizon or an earlier one."""
    return any(all(intent.words.get((each, side)) is Outcome.SIGNED for side in Side) for each in HORIZONS if each <= days)


def point(intents: Iterable[Intent], days: int, *, today: date) -> Point:
    """One point of the curve. An intent that is younger than the horizon is not observed yet."""
    observed = [intent for intent in intents if intent.begun_on + timedelta(days=days) <= today]
    named = sum(by_contract(intent, days) for intent in observed)
    said = sum(by_word(intent, days) and not by_contract(intent, days) for intent in observed)
    return Point(days, len(observed), named, said)


def curve(intents: Sequence[Intent], *, today: date) -> list[Point]:
    """The share of intents that converted within 30, 90 and 180 days."""
    return [point(intents, days, today=today) for days in HORIZONS]


def by_axis(intents: Sequence[Intent], axis: str, *, today: date) -> list[tuple[str, list[Point]]]:
    """(key, curve) for each field, agency or country, the one with most intents first."""
    cells: dict[str, list[Intent]] = {}
    for intent in intents:
        cells.setdefault(getattr(intent, axis), []).append(intent)
    return [(key, curve(mine, today=today)) for key, mine in sorted(cells.items(), key=lambda cell: (-len(cell[1]), cell[0]))]


def public_point(intents: Sequence[Intent], days: int, *, today: date) -> Point | None:
    """A point that may be told to everybody: those that converted and those that did not each hide every one of them
    (at least three deals of three organisations, `ledger.rules.batch_is_safe`). None where they do not."""
    observed = [intent for intent in intents if intent.begun_on + timedelta(days=days) <= today]
    converted = [by_contract(intent, days) or by_word(intent, days) for intent in observed]
    halves = ([i.parties for i, c in zip(observed, converted, strict=True) if c is half] for half in (True, False))
    return point(observed, days, today=today) if all(batch_is_safe(half) for half in halves) else None


def is_stale(asked_at: datetime | None, answered: Iterable[Side], *, now: datetime) -> bool:
    """Whether a side that was asked has been silent for too long."""
    return asked_at is not None and asked_at + SILENT_FOR <= now and set(answered) != set(Side)
