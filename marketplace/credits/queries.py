"""Reading splits: those concerned and the contract's staff read all of it, the public reads sums (docs/rules/credit.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.money import split_minor
from marketplace.credits import rules
from marketplace.credits.models import Share, Split, SplitAnswer, SplitStatus
from marketplace.fairs.models import Fair
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import ContractClass, Scope, Status, View
from marketplace.organizations.models import Kind, Organization
from marketplace.organizations.models import Status as OrganizationStatus

MOST_SUGGESTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A split with its contract, parties, shares and answers. ``concerned`` are those who have to agree, ``missing`` who has not yet;
    both by organisations as they stand now. ``may_answer``: the reader is one of the missing."""

    split: Split
    contract: Contract
    parties: Sequence[Party]
    shares: Sequence[Share]
    answers: Sequence[SplitAnswer]
    concerned: Sequence[UUID]
    missing: Sequence[UUID]
    organizations: dict[UUID, Organization]
    reads_contract: bool
    may_answer: bool
    is_proposer: bool

    def name(self, organization_id: UUID) -> Organization:
        """The organisation, or the one that took its place."""
        found = self.organizations[organization_id]
        return self.organizations.get(found.merged_into_id, found) if found.merged_into_id else found


def _readable(by: Actor) -> ColumnElement[bool]:
    """The splits of contracts that one reads, and those in which one's own organisation gets a share."""
    shared = exists().where(Share.split_id == Split.id, Share.organization_id.in_(by.organization_ids))
    of_contract = exists().where(Contract.id == Split.contract_id, contracts.readable(by))
    return or_(of_contract, shared) if by.organization_id else of_contract


def split(split_id: UUID, *, by: Actor, lock: bool = False) -> Split:
    """One split that this person may read. Raises NotFound, the same for an unknown and a foreign one."""
    query = select(Split).where(Split.id == split_id, _readable(by))
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None or not by.may("credits.read"):
        raise NotFound()
    return found


def contract(contract_id: UUID, *, by: Actor) -> Contract:
    """A contract that this person may read. Raises NotFound."""
    found = db.session.scalar(select(Contract).where(Contract.id == contract_id, contracts.readable(by)))
    if found is None:
        raise NotFound()
    return found


def of_contract(contract_id: UUID, *, by: Actor) -> list[Split]:
    """The splits of a contract that this person may read, the latest first; of an agency that is no party only its own."""
    query = select(Split).where(Split.contract_id == contract_id, _readable(by))
    return list(db.session.scalars(query.order_by(Split.number.desc()))) if by.may("credits.read") else []


def shown(splits: Iterable[Split], *, by: Actor) -> list[Shown]:
    """These splits with all that their readers see. Five queries, however many."""
    rows = list(splits)
    ids, contract_ids = [row.id for row in rows], [row.contract_id for row in rows]
    found = {contract.id: contract for contract in db.session.scalars(select(Contract).where(Contract.id.in_(contract_ids)))}
    parties = contracts.parties_of(list(found))
    shares, answers = shares_of(ids), answers_of(ids)
    named = {party.organization_id for many in parties.values() for party in many if party.organization_id is not None}
    named |= {share.organization_id for many in shares.values() for share in many} | {row.proposed_by_id for row in rows}
    named |= {answer.organization_id for many in answers.values() for answer in many}
    organizations = standing(named)
    return [_shown(row, found[row.contract_id], parties[row.contract_id], shares[row.id], answers[row.id], organizations, by) for row in rows]


def _shown(
    row: Split, contract: Contract, parties: list[Party], shares: list[Share], answers: list[SplitAnswer], organizations: dict[UUID, Organization],
    by: Actor,
) -> Shown:  # fmt: skip
    winners = winners_of(organizations)
    wanted = rules.concerned((party.organization_id for party in parties), (share.organization_id for share in shares), winners=winners)
    missing = rules.missing(wanted, {answer.organization_id for answer in answers if answer.agreed}, winners=winners)
    waits = row.status is SplitStatus.PROPOSED
    return Shown(
        split=row, contract=contract, parties=parties, shares=shares, answers=answers, concerned=wanted, missing=missing, organizations=organizations,
        reads_contract=contracts.is_readable(contract, parties, by=by), may_answer=waits and by.organization_id in missing,
        is_proposer=waits and row.proposed_by_id in by.organization_ids,
    )  # fmt: skip


def shares_of(split_ids: Sequence[UUID]) -> dict[UUID, list[Share]]:
    """{split: its shares in order}, one query."""
    found: dict[UUID, list[Share]] = {split_id: [] for split_id in split_ids}
    for share in db.session.scalars(select(Share).where(Share.split_id.in_(found)).order_by(Share.position)):
        found[share.split_id].append(share)
    return found


def answers_of(split_ids: Sequence[UUID]) -> dict[UUID, list[SplitAnswer]]:
    """{split: its answers, the earliest first}, one query."""
    found: dict[UUID, list[SplitAnswer]] = {split_id: [] for split_id in split_ids}
    for answer in db.session.scalars(select(SplitAnswer).where(SplitAnswer.split_id.in_(found)).order_by(SplitAnswer.at, SplitAnswer.id)):
        found[answer.split_id].append(answer)
    return found


def standing(ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """{id: organisation}, together with those that took the place of merged ones."""
    wanted = set(ids)
    heirs = select(Organization.merged_into_id).where(Organization.id.in_(wanted), Organization.merged_into_id.is_not(None))
    query = select(Organization).where(or_(Organization.id.in_(wanted), Organization.id.in_(heirs)))
    return {row.id: row for row in db.session.scalars(query)}


def winners_of(organizations: dict[UUID, Organization]) -> dict[UUID, UUID]:
    """{merged organisation: the one that took its place}."""
    return {row.id: row.merged_into_id for row in organizations.values() if row.merged_into_id is not None}


def _waiting(by: Actor) -> ColumnElement[bool]:
    """Open proposals that concern the organisation acted for and that it has not answered."""
    mine = by.organization_ids
    party = exists().where(Party.contract_id == Split.contract_id, Party.organization_id.in_(mine))
    shared = exists().where(Share.split_id == Split.id, Share.organization_id.in_(mine))
    answered = exists().where(SplitAnswer.split_id == Split.id, SplitAnswer.organization_id.in_(mine))
    return (Split.status == SplitStatus.PROPOSED) & or_(party, shared) & ~answered


def waiting_count(by: Actor) -> int:
    """How many proposals wait for the organisation acted for."""
    if by.organization_id is None or not by.may("credits.agree"):
        return 0
    return db.session.scalar(select(func.count()).select_from(Split).where(_waiting(by))) or 0


def mine(*, by: Actor) -> Select[Any]:
    """The splits that concern the organisation acted for, for `core.pages.paged` by (proposed_at, id). Nobody's without one."""
    if by.organization_id is None:
        return select(Split).where(Split.id.is_(None))
    party = exists().where(Party.contract_id == Split.contract_id, Party.organization_id.in_(by.organization_ids))
    shared = exists().where(Share.split_id == Split.id, Share.organization_id.in_(by.organization_ids))
    return select(Split).where(or_(party, shared))


@dataclass(frozen=True, slots=True)
class Own:
    """A contract of which one's agency has an agreed share: what it is worth in the contract's own currency, None when undisclosed.

    Who is no party never ``reads`` the contract; its amounts only while the public can tell them from the ranking: verified, and open.
    """

    contract: Contract
    split_id: UUID
    share_bp: int
    frozen: bool
    reads: bool
    knows_amounts: bool
    total_minor: int | None
    technology_minor: int | None


def own_shares(*, by: Actor) -> list[Own]:
    """The agreed shares of the organisation acted for, contracts that are not void, the latest first. Four queries."""
    if by.organization_id is None:
        return []
    query = (
        select(Split, Contract)
        .join(Contract, Contract.id == Split.contract_id)
        .where(Split.status == SplitStatus.AGREED, Contract.status != Status.VOID)
        .where(exists().where(Share.split_id == Split.id, Share.organization_id.in_(by.organization_ids)))
        .order_by(Contract.created_at.desc(), Contract.id)
    )
    rows = list(db.session.execute(query))
    shares = shares_of([row[0].id for row in rows])
    parties = contracts.parties_of([row[1].id for row in rows])
    return [_own(row[1], row[0], shares[row[0].id], reads=contracts.is_readable(row[1], parties[row[1].id], by=by), by=by) for row in rows]


def _own(contract: Contract, agreed: Split, shares: Sequence[Share], *, reads: bool, by: Actor) -> Own:
    weights = [share.share_bp for share in shares]
    places = [place for place, share in enumerate(shares) if share.organization_id in by.organization_ids]

    knows = reads or (contract.open and contract.status is Status.VERIFIED and agreed.frozen_at is not None)

    def part(minor: int | None) -> int | None:
        return None if minor is None or not knows else sum(split_minor(minor, weights)[place] for place in places)

    share_bp = sum(weights[place] for place in places)
    return Own(contract, agreed.id, share_bp, agreed.frozen_at is not None, reads, knows, part(contract.total_minor), part(contract.technology_minor))


def by_agency(fair: Fair, scope: Scope, *, view: View) -> tuple[rules.Credits, dict[UUID, Organization]]:
    """The headline of a scope by the agencies that share its contracts, and those agencies. Read it inside one snapshot.

    To the public only open contracts are broken down. Four queries; the work grows with the number of verified contracts.
    """
    counted = ledger.counted(fair, scope, view=view)
    frozen = select(Split.contract_id, Share.organization_id, Share.share_bp).join(Share, Share.split_id == Split.id)
    frozen = frozen.where(Split.fair_id == fair.id, Split.status == SplitStatus.AGREED, Split.frozen_at.is_not(None))
    rows = list(db.session.execute(frozen.order_by(Split.contract_id, Share.position)))
    agencies = standing({row.organization_id for row in rows})
    winners = winners_of(agencies)
    shares: dict[UUID, list[tuple[UUID, int]]] = {}
    for row in rows:
        shares.setdefault(row.contract_id, []).append((winners.get(row.organization_id, row.organization_id), row.share_bp))
    deals = (
        rules.Deal(
            total_minor=each.base_total_minor, technology_minor=each.base_technology_minor, shares=shares.get(each.contract_id, ()),
            hidden=view is View.PUBLIC and not each.open,
        )
        for each in counted
    )  # fmt: skip
    return rules.credits(deals), agencies


def suggested(contract: Contract, parties: Iterable[Party]) -> list[Organization]:
    """The agencies that had a hand in a deal: parties of it that are agencies, and those that acted in its negotiation under a mandate."""
    ids = {party.organization_id for party in parties if party.organization_id is not None}
    if contract.negotiation_id is not None:
        query = select(AuditRow.facts).where(AuditRow.subject == f"negotiation:{contract.negotiation_id}")
        ids |= {UUID(facts["agency"]) for facts in db.session.scalars(query) if facts.get("agency")}
    found = standing(ids)
    wanted = set(found) - set(winners_of(found))
    query = select(Organization).where(Organization.id.in_(wanted), Organization.kind == Kind.AGENCY, Organization.status == OrganizationStatus.APPROVED)
    return list(db.session.scalars(query.order_by(Organization.name_key).limit(MOST_SUGGESTED)))


def is_creditable(contract: Contract) -> bool:
    """Only a contract has a value to share; a void one has none any more."""
    return contract.contract_class is ContractClass.CONTRACT and contract.status is not Status.VOID
