"""Reading ceremonies: those of a fair, the lines of a run list, and the contracts that may still be put on one."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ScalarSelect, func, or_, select

from marketplace.accounts.models import Person
from marketplace.ceremonies.models import BoardTarget, Ceremony, CeremonyState, ItemState, RunItem
from marketplace.contracts.models import Contract, Party
from marketplace.contracts.queries import parties_of, readable
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Status

MOST_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a run list with its contract, the contract's parties in order, and who pressed last ('' for nobody)."""

    item: RunItem
    contract: Contract
    parties: list[Party]
    presser: str

    @property
    def counts(self) -> bool:
        """Whether its press lets it into the public total now: only verified contracts count."""
        return self.item.state is ItemState.SIGNED and self.contract.status is Status.VERIFIED


def of_fair(fair_id: UUID, *, by: Actor) -> list[tuple[Ceremony, dict[ItemState, int]]]:
    """The ceremonies of a fair in order of time, each with its number of items by state; two queries."""
    if not by.may("ceremonies.read", fair_id=fair_id):
        return []
    found = list(db.session.scalars(select(Ceremony).where(Ceremony.fair_id == fair_id).order_by(Ceremony.starts_at, Ceremony.id)))
    counts: dict[UUID, dict[ItemState, int]] = {ceremony.id: {} for ceremony in found}
    query = select(RunItem.ceremony_id, RunItem.state, func.count()).where(RunItem.ceremony_id.in_(counts))
    for ceremony_id, state, number in db.session.execute(query.group_by(RunItem.ceremony_id, RunItem.state)):
        counts[ceremony_id][state] = number
    return [(ceremony, counts[ceremony.id]) for ceremony in found]


def count_left(by: Actor) -> int:
    """How many items are not signed yet in the running ceremonies of the fairs where this person runs them."""
    query = select(func.count()).select_from(RunItem).join(Ceremony, Ceremony.id == RunItem.ceremony_id)
    running = (Ceremony.state == CeremonyState.RUNNING, Ceremony.fair_id.in_(by.fairs_where("ceremonies.run")))
    return db.session.scalar(query.where(*running, RunItem.state != ItemState.SIGNED)) or 0


def run_list(ceremony: Ceremony, *, by: Actor) -> list[Line]:
    """The lines of a ceremony in order, for staff of its fair; two queries, whatever its length."""
    if not by.may("ceremonies.read", fair_id=ceremony.fair_id):
        return []
    query = (
        select(RunItem, Contract, Person.name)
        .join(Contract, Contract.id == RunItem.contract_id)
        .outerjoin(Person, Person.id == RunItem.pressed_by)
        .where(RunItem.ceremony_id == ceremony.id)
        .order_by(RunItem.position, RunItem.id)
    )
    rows = db.session.execute(query).all()
    parties = parties_of([contract.id for _, contract, _ in rows])
    return [Line(item, contract, parties[contract.id], name or "") for item, contract, name in rows]


def candidates(ceremony: Ceremony, words: str, *, by: Actor) -> list[Contract]:
    """Contracts of the ceremony's fair that stand on no run list and are not void, the newest first; at most fifty.

    ``words`` is looked for in reference, title and number.
    """
    listed = select(RunItem.id).where(RunItem.contract_id == Contract.id).exists()
    query = select(Contract).where(Contract.fair_id == ceremony.fair_id, readable(by), Contract.status != Status.VOID, ~listed)
    if words:
        sought = [column.icontains(words, autoescape=True) for column in (Contract.reference, Contract.title_en, Contract.title_zh, Contract.number)]
        query = query.where(or_(*sought))
    return list(db.session.scalars(query.order_by(Contract.created_at.desc(), Contract.id).limit(MOST_CANDIDATES)))


def target_minor(fair_id: UUID) -> tuple[int | None, int]:
    """(what the board is heading for in minor units, version of that); (None, 0) where it was never set."""
    row = db.session.execute(select(BoardTarget.amount_minor, BoardTarget.version).where(BoardTarget.fair_id == fair_id)).one_or_none()
    return (row.amount_minor, row.version) if row else (None, 0)


def target_version() -> ScalarSelect[int]:
    """The version of a fair's target, to be read along with the fair; null where it was never set."""
    return select(BoardTarget.version).where(BoardTarget.fair_id == Fair.id).correlate(Fair).scalar_subquery()
