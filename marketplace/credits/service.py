"""Proposing, agreeing, declining and withdrawing a split; freezing it with the verified contract."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.contracts import queries as contract_queries
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract, PartyRole
from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, Invalid, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.credits import queries, rules
from marketplace.credits.models import SPLIT_MOVES, Share, Split, SplitAnswer, SplitStatus
from marketplace.ledger.models import Status
from marketplace.organizations import conflicts
from marketplace.organizations.models import Kind, Organization
from marketplace.organizations.models import Status as OrganizationStatus


class SplitFrozen(DomainError):
    slug, title = "credit-frozen", _l("The credit is settled")
    text = _l("The contract is verified and its parties agreed: nothing changes this split any more.")


class SplitOpen(DomainError):
    slug, title = "credit-open", _l("A proposal is open")
    text = _l("There is a proposal already: those concerned answer it first, or who made it withdraws it.")


def propose(contract_id: UUID, shares: Sequence[tuple[str, int]], *, note: str | None = None, by: Actor) -> Split:
    """Propose how the agencies share the credit: (address or exact name of an agency, hundredths of a percent), 100 % together.

    A party of the contract does so, and has thereby agreed. Raises NotFound, Forbidden (no party), ConflictOfInterest, IllegalMove
    (no contract with a value), SplitFrozen, SplitOpen, Invalid.
    """
    by.require("credits.agree")
    shown = contracts.show(contract_id, by=by, lock=True)
    contract = shown.contract
    if by.organization_ids.isdisjoint(party.organization_id for party in shown.parties):
        raise Forbidden(gettext("The parties of the contract propose how its credit is shared."))
    _check_sides(shown, by)
    if not queries.is_creditable(contract):
        raise IllegalMove(gettext("Only a contract that is not void has a credit to share."))
    mine = list(db.session.scalars(select(Split).where(Split.contract_id == contract_id).execution_options(populate_existing=True)))
    if any(split.frozen_at for split in mine):
        raise SplitFrozen()
    if any(split.status is SplitStatus.PROPOSED for split in mine):
        raise SplitOpen()
    agencies = [(_agency(text, place).id, share) for place, (text, share) in enumerate(shares)]
    rules.check_shares(agencies)
    split = Split(
        contract_id=contract_id, fair_id=contract.fair_id, number=len(mine) + 1, status=SplitStatus.PROPOSED, note=note, proposed_by_id=_acting(by),
        proposed_by_person_id=by.person_id, proposed_at=now(), content_hash=_hash(contract_id, agencies),
    )  # fmt: skip
    db.session.add(split)
    db.session.flush()
    db.session.add_all(Share(split_id=split.id, position=place, organization_id=agency, share_bp=bp) for place, (agency, bp) in enumerate(agencies))
    _answer(split, True, None, by=by)
    _record("propose", split, by=by)
    if not _settle_if_agreed(split, by=by):
        _tell("proposed", split, by=by, only_missing=True)
    return split


def agree(split_id: UUID, seen_hash: str, *, by: Actor) -> Split:
    """Say yes to the shares that were shown; with the last yes the split is agreed, and frozen if the contract is verified.

    Raises NotFound, Forbidden (not concerned), ConflictOfInterest, IllegalMove (settled), Stale (other shares, or the parties changed).
    """
    split = _begin(split_id, seen_hash, by=by)
    _answer(split, True, None, by=by)
    _record("agree", split, by=by)
    _settle_if_agreed(split, by=by)
    return split


def decline(split_id: UUID, seen_hash: str, reason: str, *, by: Actor) -> Split:
    """Say no, with the reason; the proposal ends, and any party may make another. Raises as `agree`."""
    split = _begin(split_id, seen_hash, by=by)
    _answer(split, False, reason, by=by)
    _settle(split, SplitStatus.DECLINED)
    _record("decline", split, by=by)
    _tell("declined", split, by=by)
    return split


def withdraw(split_id: UUID, *, by: Actor) -> Split:
    """Take one's own open proposal back. Raises NotFound, Forbidden (another's), IllegalMove (settled)."""
    by.require("credits.agree")
    split = _locked(split_id, by=by)
    if split.proposed_by_id not in by.organization_ids:
        raise Forbidden(gettext("Only the organisation that proposed it can withdraw it."))
    _settle(split, SplitStatus.WITHDRAWN)
    _record("withdraw", split, by=by)
    return split


def on_moved(shown: contracts.Shown, *, by: Actor) -> None:
    """A verified contract freezes the split that was agreed; a void one lets an open proposal lapse."""
    contract = shown.contract
    for split in _live(contract.id):
        if contract.status is Status.VERIFIED and split.status is SplitStatus.AGREED:
            split.frozen_at = now()
            _lapse(contract.id, by=by)
            _record("freeze", split, by=by)
        elif contract.status is Status.VOID and split.status is SplitStatus.PROPOSED:
            _settle(split, SplitStatus.LAPSED)
            _record("lapse", split, by=by)


def on_changed(shown: contracts.Shown, *, by: Actor) -> None:
    """Where the parties changed, what was agreed among others lapses, unless it is frozen."""
    for split in _live(shown.contract.id):
        if split.frozen_at is not None or (split.status is SplitStatus.PROPOSED and _is_backed(split, shown)):
            continue
        if split.status is SplitStatus.PROPOSED or _missing(split):
            _settle(split, SplitStatus.LAPSED)
            _record("lapse", split, by=by)
            _tell("lapsed", split, by=by)


def _is_backed(split: Split, shown: contracts.Shown) -> bool:
    """Whether the organisation that proposed it is still a party; those who have to agree are counted anew by themselves."""
    parties = {party.organization_id for party in shown.parties if party.organization_id is not None}
    winners = queries.winners_of(queries.standing(parties | {split.proposed_by_id}))
    return winners.get(split.proposed_by_id, split.proposed_by_id) in rules.concerned(parties, (), winners=winners)


def _begin(split_id: UUID, seen_hash: str, *, by: Actor) -> Split:
    """An open proposal that waits for the organisation acted for, under its contract's lock."""
    by.require("credits.agree")
    split = _locked(split_id, by=by)
    contract = db.session.get_one(Contract, split.contract_id)
    if split.status is not SplitStatus.PROPOSED:
        raise IllegalMove(gettext("This proposal is settled already."))
    if seen_hash != split.content_hash:
        raise Stale()
    shown = contracts.Shown(contract, contract_queries.parties_of([contract.id])[contract.id], [])
    if by.organization_id not in _missing(split):
        raise Forbidden(gettext("Your organisation is not asked, or has answered already."))
    _check_sides(shown, by)
    return split


def _locked(split_id: UUID, *, by: Actor) -> Split:
    """A split that one reads: its contract is locked first, then itself. Raises NotFound."""
    found = queries.split(split_id, by=by)
    db.session.execute(select(Contract.id).where(Contract.id == found.contract_id).with_for_update())
    return queries.split(split_id, by=by, lock=True)


def _check_sides(shown: contracts.Shown, by: Actor) -> None:
    """Nobody agrees for both sides of the deal. Raises ConflictOfInterest."""
    sides = {party.organization_id for party in shown.parties if party.role is not PartyRole.BROKER and party.organization_id is not None}
    if sides & by.organization_ids:
        conflicts.check(by, others=sides - by.organization_ids, subject=f"credit:{shown.contract.id}")


def _acting(by: Actor) -> UUID:
    if by.organization_id is None:
        raise Forbidden()
    return by.organization_id


def _agency(text: str, place: int) -> Organization:
    """An approved agency by its address (slug) or exact name. Raises Invalid."""
    named = or_(Organization.slug == text.lower(), Organization.name_en == text, Organization.name_zh == text)
    query = select(Organization).where(named, Organization.kind == Kind.AGENCY, Organization.status == OrganizationStatus.APPROVED)
    found = list(db.session.scalars(query.order_by((Organization.slug == text.lower()).desc(), Organization.id).limit(1)))
    if not found:
        raise Invalid.field(f"shares/{place}/agency", "reference", gettext("There is no approved agency with this address or name."))
    return found[0]


def _hash(contract_id: UUID, shares: Sequence[tuple[UUID, int]]) -> str:
    return audit.content_hash({"contract": str(contract_id), "shares": [[str(agency), share] for agency, share in shares]})


def _answer(split: Split, agreed: bool, reason: str | None, *, by: Actor) -> None:
    db.session.add(SplitAnswer(split_id=split.id, organization_id=_acting(by), person_id=by.person_id, agreed=agreed, reason=reason, at=now()))
    db.session.flush()


def _missing(split: Split) -> list[UUID]:
    """Those concerned that have not agreed, by the parties of the contract as they are now."""
    parties = [party.organization_id for party in contract_queries.parties_of([split.contract_id])[split.contract_id]]
    shares = [share.organization_id for share in queries.shares_of([split.id])[split.id]]
    agreed = {answer.organization_id for answer in queries.answers_of([split.id])[split.id] if answer.agreed}
    winners = queries.winners_of(queries.standing({*(party for party in parties if party), *shares, *agreed}))
    return rules.missing(rules.concerned(parties, shares, winners=winners), agreed, winners=winners)


def _settle_if_agreed(split: Split, *, by: Actor) -> bool:
    if _missing(split):
        return False
    for earlier in _live(split.contract_id):
        if earlier.status is SplitStatus.AGREED:
            _settle(earlier, SplitStatus.REPLACED)
            db.session.flush()  # frees the place of the one agreed split
    _settle(split, SplitStatus.AGREED)
    if db.session.get_one(Contract, split.contract_id).status is Status.VERIFIED:
        split.frozen_at = now()
    _record("settle", split, by=by)
    _tell("agreed", split, by=by)
    return True


def _lapse(contract_id: UUID, *, by: Actor) -> None:
    for split in _live(contract_id):
        if split.status is SplitStatus.PROPOSED:
            _settle(split, SplitStatus.LAPSED)
            _record("lapse", split, by=by)


def _settle(split: Split, status: SplitStatus) -> None:
    if split.frozen_at is not None:
        raise SplitFrozen()
    split.status = check_move(SPLIT_MOVES, split.status, status)
    split.settled_at = split.settled_at or now()
    db.session.flush()


def _live(contract_id: UUID) -> list[Split]:
    live = select(Split).where(Split.contract_id == contract_id, Split.status.in_((SplitStatus.PROPOSED, SplitStatus.AGREED)))
    return list(db.session.scalars(live.order_by(Split.number).with_for_update().execution_options(populate_existing=True)))


def _record(action: str, split: Split, *, by: Actor) -> None:
    audit.record(
        f"credits.{action}", f"credit:{split.contract_id}", by=by, fair_id=split.fair_id, after=split.content_hash, split=str(split.id),
        number=split.number, status=split.status.value,
    )  # fmt: skip


def _tell(step: str, split: Split, *, by: Actor, only_missing: bool = False) -> None:
    """Mail to the owners of those concerned, apart from the organisation that acts."""
    parties = [party.organization_id for party in contract_queries.parties_of([split.contract_id])[split.contract_id]]
    shares = [share.organization_id for share in queries.shares_of([split.id])[split.id]]
    winners = queries.winners_of(queries.standing({*(party for party in parties if party), *shares}))
    told = _missing(split) if only_missing else rules.concerned(parties, shares, winners=winners)
    for organization_id in told:
        if organization_id != by.organization_id:
            jobs.enqueue("credits.tell", step=step, split_id=str(split.id), organization_id=str(organization_id))

