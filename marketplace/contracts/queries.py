"""Reading contracts: always from the actor, staff of the fair or a party."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from marketplace.accounts.models import Person
from marketplace.contracts.models import MARKS, Contract, Hand, OtherAmount, Party
from marketplace.core import day
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.negotiations.models import Negotiation


def readable(by: Actor) -> ColumnElement[bool]:
    """The contracts that this person may read; for a stranger none."""
    fairs = by.fairs_where("contracts.read")
    mine = exists().where(Party.contract_id == Contract.id, Party.organization_id.in_(by.organization_ids))
    return or_(Contract.fair_id.in_(fairs), mine) if by.organization_id else Contract.fair_id.in_(fairs)


def is_readable(contract: Contract, parties: Iterable[Party], *, by: Actor) -> bool:
    """Whether this person may read a contract that is loaded already; the same rule as `readable`."""
    if contract.fair_id in by.fairs_where("contracts.read"):
        return True
    return not by.organization_ids.isdisjoint(party.organization_id for party in parties)


def contracts(
    *, by: Actor, fair_id: UUID | None = None, status: Status | None = None, contract_class: ContractClass | None = None,
    place: str | None = None, mark: str | None = None,
) -> Select[Any]:  # fmt: skip
    """A select of readable contracts, for `core.pages.paged` by (created_at, id). ``mark`` is a code of MARKS."""
    query = select(Contract).where(readable(by))
    if fair_id is not None:
        query = query.where(Contract.fair_id == fair_id)
    if status is not None:
        query = query.where(Contract.status == status)
    if contract_class is not None:
        query = query.where(Contract.contract_class == contract_class)
    if place is not None:
        query = query.where(Contract.place == place)
    if mark is not None:
        query = query.where(getattr(Contract, MARKS[mark]).is_not(None))
    return query


def listings_of(negotiation_id: UUID) -> dict[str, UUID | None]:
    """The achievement and the need that a negotiation is about, as ``achievement_id`` and ``need_id``; nothing else of its talks."""
    query = select(Negotiation.achievement_id, Negotiation.need_id).where(Negotiation.id == negotiation_id)
    return dict(db.session.execute(query).one()._mapping)


def achievement_by(reference: str, *, known: UUID | None) -> UUID | None:
    """The id of a published achievement, or of the one that is ``known`` already, by its readable reference."""
    published = exists().where(FairEntry.listing_id == Listing.id, FairEntry.status == EntryStatus.PUBLISHED)
    query = select(Listing.id).where(Listing.reference == reference.upper(), Listing.kind == Kind.ACHIEVEMENT, or_(published, Listing.id == known))
    return db.session.scalar(query)


def reference_of(listing_id: UUID | None) -> str | None:
    """The readable reference of a listing that a contract or a hand-over names."""
    return db.session.scalar(select(Listing.reference).where(Listing.id == listing_id)) if listing_id else None


def others_of(contract_ids: list[UUID]) -> dict[UUID, list[OtherAmount]]:
    """{contract: amounts of other kinds}, one query."""
    found: dict[UUID, list[OtherAmount]] = {contract_id: [] for contract_id in contract_ids}
    for other in db.session.scalars(select(OtherAmount).where(OtherAmount.contract_id.in_(found)).order_by(OtherAmount.kind)):
        found[other.contract_id].append(other)
    return found


def by_ids(contract_ids: Iterable[UUID], *, by: Actor) -> dict[UUID, Contract]:
    """{contract: itself} of those that this person may read."""
    ids = list(contract_ids)
    if not ids:
        return {}
    return {row.id: row for row in db.session.scalars(select(Contract).where(Contract.id.in_(ids), readable(by)))}


def parties_of(contract_ids: list[UUID]) -> dict[UUID, list[Party]]:
    """{contract: parties in order}, one query."""
    found: dict[UUID, list[Party]] = {contract_id: [] for contract_id in contract_ids}
    for party in db.session.scalars(select(Party).where(Party.contract_id.in_(found)).order_by(Party.position)):
        found[party.contract_id].append(party)
    return found


def hands_of(contract_id: UUID) -> list[Hand]:
    return list(db.session.scalars(select(Hand).where(Hand.contract_id == contract_id).order_by(Hand.at, Hand.id)))


def names_of_hands(contract_id: UUID) -> dict[UUID, str]:
    """{person: name} of everybody who had a hand in it."""
    query = select(Person.id, Person.name).join(Hand, Hand.person_id == Person.id).where(Hand.contract_id == contract_id).distinct()
    return {row.id: row.name for row in db.session.execute(query)}


def _waiting(status: Status, permission: str) -> Any:
    def count(by: Actor) -> int:
        open_fairs = select(Fair.id).where(Fair.id.in_(by.fairs_where(permission)), Fair.closed_at.is_(None))  # a closed one is done with
        query = select(func.count()).select_from(Contract).where(Contract.status == status, Contract.fair_id.in_(open_fairs))
        return db.session.scalar(query) or 0

    return count


def register_tiles() -> None:
    from marketplace.contracts import reporting  # it stands on the service, which stands on this module
    from marketplace.core.i18n import lazy_gettext as _l
    from marketplace.negotiations.queries import handovers_waiting_count

    day.tile(_l("Declared, to be signed"), "contracts.sign", _waiting(Status.DECLARED, "contracts.sign"), "contracts.index", status="declared")
    day.tile(_l("Signed, to be verified"), "contracts.verify", _waiting(Status.SIGNED, "contracts.verify"), "contracts.index", status="signed")
    day.tile(
        _l("Handed over, to be logged"), "contracts.log", handovers_waiting_count, "contracts.index",
        hint=_l("Both sides of a negotiation agreed; the deal waits for the desk."), order=47,
    )  # fmt: skip
    day.tile(
        _l("Reported deals to settle"), "contracts.log", reporting.count_waiting, "contracts.reports_at_desk",
        hint=_l("A party or agency told the desk of a deal."), order=48,
    )  # fmt: skip
    day.tile(
        _l("Reported deals answered"), "contracts.report", reporting.count_answered, "contracts.reported", "plain",
        hint=_l("In the last seven days."), order=49,
    )  # fmt: skip
