"""Where a contract stands with its two sides, the queue of mismatches, and what one's own organisation has to confirm."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select

from marketplace.accounts.models import Person
from marketplace.confirmations.models import Answer, FairRule, Mismatch, Request, RequestStatus, Side
from marketplace.contracts.models import Contract, Party
from marketplace.core.access import Actor
from marketplace.core.db import db

STANDING = (RequestStatus.OPEN, RequestStatus.ANSWERED)


@dataclass(slots=True)
class SideState:
    """One side and one content: the open question, the answer that stands, and whether it differs."""

    side: Side
    open: Request | None = None
    answer: Answer | None = None
    mismatch: Mismatch | None = None

    @property
    def stands(self) -> str:
        """confirmed · differs (a mismatch is open) · settled (a difference, settled by a note) · asked · not_asked."""
        if self.answer is not None and self.mismatch is not None:
            return "differs" if self.mismatch.settled_at is None else "settled"
        if self.answer is not None:
            return "confirmed"
        return "asked" if self.open is not None else "not_asked"


@dataclass(slots=True)
class State:
    """Both sides of one content."""

    sides: dict[Side, SideState] = field(default_factory=lambda: {side: SideState(side) for side in Side})

    @property
    def confirmed_by(self) -> str:
        """both · one · nobody has confirmed all seven facts of this content."""
        count = sum(side.stands == "confirmed" for side in self.sides.values())
        return ("nobody", "one", "both")[count]

    @property
    def complete(self) -> bool:
        """Both sides have answered, and every difference is settled."""
        return all(side.stands in {"confirmed", "settled"} for side in self.sides.values())

    @property
    def open_mismatches(self) -> list[Mismatch]:
        return [side.mismatch for side in self.sides.values() if side.mismatch is not None and side.mismatch.settled_at is None]

    @property
    def differing(self) -> set[str]:
        """The facts that some standing answer says are otherwise."""
        return {fact for side in self.sides.values() if side.answer is not None for fact in side.answer.corrections}

    @property
    def asked(self) -> bool:
        return any(side.stands != "not_asked" for side in self.sides.values())


def state(contract_id: UUID, content_hash: str) -> State:
    """Where one content of a contract stands."""
    return states([(contract_id, content_hash)])[contract_id, content_hash]


def states(contents: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], State]:
    """{(contract, content hash): state} in three queries, however many there are."""
    found = {content: State() for content in contents}
    query = select(Request).where(
        Request.contract_id.in_({contract_id for contract_id, _ in found}), Request.status.in_(STANDING)
    ).order_by(Request.id)  # fmt: skip
    requests = [row for row in db.session.scalars(query) if (row.contract_id, row.content_hash) in found]
    by_request = {row.request_id: row for row in db.session.scalars(select(Answer).where(Answer.request_id.in_([row.id for row in requests])))}
    by_answer = {
        row.answer_id: row for row in db.session.scalars(select(Mismatch).where(Mismatch.answer_id.in_([a.id for a in by_request.values()])))
    }
    for request in requests:
        side = found[request.contract_id, request.content_hash].sides[request.side]
        if request.status is RequestStatus.OPEN:
            side.open = request
        elif (answer := by_request.get(request.id)) is not None:
            side.answer, side.mismatch = answer, by_answer.get(answer.id)
    return found


def history(contract_id: UUID) -> list[tuple[Answer, Request]]:
    """Every answer ever given about a contract, the newest first."""
    query = select(Answer, Request).join(Request, Request.id == Answer.request_id).where(Answer.contract_id == contract_id)
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(Answer.answered_at.desc(), Answer.id.desc()).limit(50))]


def open_mismatch_on(contract_id: UUID, content_hash: str) -> bool:
    found = exists().where(Mismatch.contract_id == contract_id, Mismatch.content_hash == content_hash, Mismatch.settled_at.is_(None))
    return bool(db.session.scalar(select(found)))


def mismatches(fair_ids: Iterable[UUID]) -> Select[Any]:
    """The open mismatches of these fairs, for `core.pages.paged` by (opened_at, id), the oldest first."""
    return select(Mismatch).where(Mismatch.fair_id.in_(list(fair_ids)), Mismatch.settled_at.is_(None))


def contracts_by_id(ids: Iterable[UUID]) -> dict[UUID, Contract]:
    return {row.id: row for row in db.session.scalars(select(Contract).where(Contract.id.in_(list(ids))))}


def answers_by_id(ids: Iterable[UUID]) -> dict[UUID, Answer]:
    return {row.id: row for row in db.session.scalars(select(Answer).where(Answer.id.in_(list(ids))))}


def requests_by_id(ids: Iterable[UUID]) -> dict[UUID, Request]:
    return {row.id: row for row in db.session.scalars(select(Request).where(Request.id.in_(list(ids))))}


def ours(by: Actor) -> ColumnElement[bool]:
    """The open questions to the organisation acted for: it is a registered party of that side."""
    party = exists().where(
        Party.contract_id == Request.contract_id, Party.organization_id.in_(by.organization_ids), Party.role == Request.side
    )  # fmt: skip
    return (Request.status == RequestStatus.OPEN) & party


def to_confirm(*, by: Actor) -> Select[Any]:
    """What one's organisation is asked, for `core.pages.paged` by (asked_at, id)."""
    return select(Request).where(ours(by)) if by.organization_id else select(Request).where(Request.id.is_(None))


def sides_of(organization_ids: Collection[UUID], parties: Iterable[Party]) -> set[Side]:
    """The sides on which a registered organisation stands, under its own name or one that was merged into it."""
    roles = {str(party.role) for party in parties if party.organization_id in organization_ids}
    return {side for side in Side if side.value in roles}


def both_confirm(fair_id: UUID) -> bool:
    """Whether this fair verifies only what both sides have answered."""
    return bool(db.session.scalar(select(FairRule.both_confirm).where(FairRule.fair_id == fair_id)))


def rule_of(fair_id: UUID) -> FairRule | None:
    return db.session.get(FairRule, fair_id)


def version_of(rule: FairRule | None) -> int:
    """What a change of the rule has to name; 1 before it was ever changed."""
    return rule.version + 1 if rule else 1


def count_to_confirm(by: Actor) -> int:
    return db.session.scalar(select(func.count()).select_from(Request).where(ours(by))) or 0 if by.organization_id else 0


def count_mismatches(by: Actor) -> int:
    open_ones = select(func.count()).select_from(Mismatch).where(
        Mismatch.fair_id.in_(by.fairs_where("confirmations.settle")), Mismatch.settled_at.is_(None)
    )  # fmt: skip
    return db.session.scalar(open_ones) or 0


def name_of(person_id: UUID | None) -> str | None:
    return db.session.scalar(select(Person.name).where(Person.id == person_id)) if person_id else None
