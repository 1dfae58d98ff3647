"""What happened in a thread, from the listings to the verified contract, each event with the organisation that acted.

The audit rows of a thread are its memory: they name the organisation acted for and, under a mandate, the agency that acted.
Higher domains add what they know by `source`; nobody learns more by it than the reader may read anyway.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.negotiations.queries import Thread
from marketplace.organizations.models import Organization

STEPS = ("need", "achievement", "match", "interest", "meeting", "rounds", "agreement", "contract", "verification")
"""The steps of a deal that an event may belong to; an empty one belongs to none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One term of a round that differs from the round before: its name, and both values as text."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an audit row means to the reader: a sentence that the one who acted begins ("accepted: the talks can begin").

    ``side_id`` names the side that acted where the row itself does not: who answered by a one-time link. ``act`` is the step of the
    thread, as its rules call it.
    """

    text: str
    step: str = ""
    href: str | None = None
    changes: Sequence[Change] = ()
    side_id: UUID | None = None
    act: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. ``who`` acted: a side by its name, the contract desk, or the marketplace itself; ``agency`` for it
    under a mandate. ``person`` and ``agency`` are empty while the other side is not named to the reader."""

    at: datetime
    who: str
    said: Said
    mine: bool = False
    person: str = ""
    agency: str = ""


Source = Callable[[Thread, Actor], Iterable[Event]]
SOURCES: list[Source] = []


def source(tell: Source) -> None:
    """Let a domain tell what it knows of a thread, as one of its two organisations may read it."""
    if tell not in SOURCES:
        SOURCES.append(tell)


def events(thread: Thread, actor: Actor) -> list[Event]:
    """Everything that happened, the earliest first; of two at one moment, in the order in which they were told."""
    found = [event for tell in SOURCES for event in tell(thread, actor)]
    return sorted(found, key=lambda event: event.at)


def desk() -> str:
    """Fair staff, as the two sides know them."""
    return gettext("the contract desk")


def marketplace() -> str:
    """What happens by itself."""
    return gettext("the marketplace")


def side_name(thread: Thread, organization_id: UUID) -> str:
    """The name of one of the two sides, as far as the reader may know it."""
    side = thread.provider if organization_id == thread.negotiation.provider_id else thread.recipient
    return localized(side, "name")[0]


def from_audit(thread: Thread, subjects: Iterable[str], describe: Callable[[AuditRow], Said | None]) -> list[Event]:
    """The audit rows about these subjects for which ``describe`` has words, in the order in which they were written. Three queries."""
    query = select(AuditRow).where(AuditRow.subject.in_(list(subjects))).order_by(AuditRow.seq)
    told = [(row, said) for row in db.session.scalars(query) if (said := describe(row)) is not None]
    people = _people({row.person_id for row, _ in told if row.person_id is not None})
    agencies = {UUID(row.facts["agency"]) for row, _ in told if row.facts.get("agency")}
    strangers = {row.organization_id for row, _ in told if row.organization_id is not None} - set(_sides(thread))
    others = _organizations(agencies | strangers)
    return [_event(thread, row, said, people, others) for row, said in told]


def _event(thread: Thread, row: AuditRow, said: Said, people: Mapping[UUID, str], others: Mapping[UUID, Organization]) -> Event:
    side = _side(thread, row.organization_id, others) or said.side_id
    if side is None:
        return Event(at=row.at, who=marketplace() if row.person_id is None else desk(), said=said)
    known = side == thread.mine or thread.named
    agency = others.get(UUID(row.facts["agency"])) if known and row.facts.get("agency") else None
    return Event(
        at=row.at, who=side_name(thread, side), said=said, mine=side == thread.mine,
        person=people.get(row.person_id, "") if known and row.person_id else "", agency=localized(agency, "name")[0] if agency else "",
    )  # fmt: skip


def _sides(thread: Thread) -> tuple[UUID, UUID]:
    return thread.negotiation.provider_id, thread.negotiation.recipient_id


def _side(thread: Thread, organization_id: UUID | None, others: Mapping[UUID, Organization]) -> UUID | None:
    """The side that acted, also under the name it had before a merge; None for fair staff and for what happened by itself."""
    if organization_id in _sides(thread):
        return organization_id
    known = others.get(organization_id) if organization_id else None
    return known.merged_into_id if known is not None and known.merged_into_id in _sides(thread) else None


def _people(ids: set[UUID]) -> dict[UUID, str]:
    return {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))} if ids else {}


def _organizations(ids: set[UUID]) -> dict[UUID, Organization]:
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))} if ids else {}
