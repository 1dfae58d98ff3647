"""Declaring, editing, signing, verifying and voiding contracts. Each move books its voucher in the same transaction."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select

from marketplace.contracts import duplicates, events, linking, queries, rules
from marketplace.contracts.eyes import other_eyes
from marketplace.contracts.models import MOVES, Act, Contract, Evidence, Hand, OtherAmount, Party
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.references import next_reference
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.ledger import service as ledger
from marketplace.ledger.models import ContractClass, Status
from marketplace.listings.models import Kind, Listing
from marketplace.matching import outcomes
from marketplace.matching.models import Outcome
from marketplace.negotiations import handover as handovers
from marketplace.organizations.models import Organization
from marketplace.organizations.models import Status as OrganizationStatus
from marketplace.organizations.rules import fold_name


class NoEvidence(DomainError):
    slug, title = "evidence-missing", _l("Evidence is missing")
    text = _l("Upload the signed page first: without evidence a contract stays declared.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A contract with all that a reader is shown of it."""

    contract: Contract
    parties: list[Party]
    evidence: list[Evidence]


def show(contract_id: UUID, *, by: Actor, lock: bool = False) -> Shown:
    """A contract that this person may read: staff of its fair, or acting for one of its parties. Raises NotFound."""
    query = select(Contract).where(Contract.id == contract_id)
    contract = db.session.scalar(query.with_for_update() if lock else query)
    if contract is None or not by.may("contracts.read"):
        raise NotFound()
    parties = list(db.session.scalars(select(Party).where(Party.contract_id == contract_id).order_by(Party.position)))
    is_party = not by.organization_ids.isdisjoint(party.organization_id for party in parties)
    if not (is_party or contract.fair_id in by.fairs_where("contracts.read")):
        raise NotFound()
    evidence = list(db.session.scalars(select(Evidence).where(Evidence.contract_id == contract_id).order_by(Evidence.created_at)))
    return Shown(contract, parties, evidence)


def declare(fair: Fair, data: dict[str, Any], *, by: Actor, handover_id: UUID | None = None) -> Contract:
    """Log a contract; its value is declared, not yet counted. With a handover, the facts that both sides agreed are its start.

    ``data`` is what `schemas.ContractIn` loads. Raises Forbidden, Invalid, Duplicate, NotFound, `duplicates.SameDeal`.
    """
    by.require("contracts.log", fair_id=fair.id)
    db.session.refresh(fair, with_for_update={"read": True})  # nobody closes it before this is booked
    if fair.closed_at is not None:
        raise Invalid.field("fair", "fair_closed", gettext("This fair is closed; its total does not change any more."))
    handover = handovers.take(handover_id, by=by) if handover_id else None
    if handover is not None and handover.fair_id != fair.id:
        raise NotFound()
    moment = now()
    if handover is not None:
        data = data | {name: data.get(name) or listing for name, listing in queries.listings_of(handover.negotiation_id).items()}
    apart = duplicates.refuse_same(data, by=by)
    contract = Contract(
        reference=next_reference("C"), fair_id=fair.id, status=Status.DECLARED, content_hash="", created_at=moment, changed_at=moment,
        negotiation_id=handover.negotiation_id if handover else None,
    )  # fmt: skip
    fill(contract, data, fair)
    db.session.add(contract)
    db.session.flush()
    parties = set_parties(contract, data["parties"])
    set_others(contract, data.get("other_amounts", []))
    rehash(contract, parties, [])
    hand(contract, Act.LOGGED, by)
    audit.record("contracts.declare", f"contract:{contract.id}", by=by, fair_id=fair.id, after=contract.content_hash)
    ledger.book(fair, rules.deal(contract, parties), move="declare", start=None, end=Status.DECLARED, by=by)
    duplicates.tell_apart(contract, data, same=apart, by=by)
    events.changed.send(Shown(contract, parties, []), by=by)
    return contract


def edit(contract_id: UUID, data: dict[str, Any], *, by: Actor) -> Contract:
    """Change the facts. A signed contract falls back to declared; a verified or void one is not edited.

    The old value is booked out, the new one in. Raises NotFound, Forbidden, IllegalMove, Invalid, Duplicate, `duplicates.SameDeal`.
    """
    shown, fair = locked(contract_id, "contracts.log", by)
    contract, before = shown.contract, shown.contract.content_hash
    if contract.status not in {Status.DECLARED, Status.SIGNED}:
        raise IllegalMove(gettext("A verified or void contract is not edited; void it with a reason and log it anew."))
    if data["contract_class"] is not contract.contract_class:
        raise Invalid.field("contract_class", "class_for_ever", gettext("The class of a contract never changes."))
    apart = duplicates.refuse_same(data, by=by, contract_id=contract.id)
    if contract.status is Status.SIGNED:
        contract.status = check_move(MOVES, contract.status, Status.DECLARED)
    contract.changed_at = now()
    parties = rewrite(contract, data, fair, shown.evidence)
    hand(contract, Act.EDITED, by)
    audit.record("contracts.edit", f"contract:{contract.id}", by=by, fair_id=fair.id, before=before, after=contract.content_hash)
    ledger.redeclare(fair, rules.deal(contract, parties), by=by)
    duplicates.tell_apart(contract, data, same=apart, by=by)
    events.changed.send(Shown(contract, parties, shown.evidence), by=by)
    return contract


def sign(contract_id: UUID, seen_hash: str, *, by: Actor) -> Contract:
    """The evidence is on file: freezes the rate of the day of signing and moves the value to *signed*.

    Raises NotFound, Forbidden, IllegalMove, Stale (another content than the one shown), NoEvidence, Invalid, NoRate.
    """
    shown, fair = locked(contract_id, "contracts.sign", by)
    contract = shown.contract
    end = check_move(MOVES, contract.status, Status.SIGNED)
    same(contract, seen_hash)
    if not shown.evidence:
        raise NoEvidence()
    if contract.signed_on is None:
        raise Invalid.field("signed_on", "required", gettext("The day of signing is missing."))
    if contract.contract_class is ContractClass.CONTRACT:
        outcomes.note(contract.need_id, contract.achievement_id, Outcome.CONTRACT)
    _move(shown, fair, end, Act.SIGNED, by=by)
    return contract


def verify(contract_id: UUID, seen_hash: str, *, by: Actor) -> Contract:
    """A second person compared the facts with the evidence; moves the value to *verified* in the same transaction.

    Raises NotFound, Forbidden, FourEyes (``by`` logged, signed or edited it, or belongs to a party), IllegalMove, Stale.
    """
    shown, fair = locked(contract_id, "contracts.verify", by)
    end = check_move(MOVES, shown.contract.status, Status.VERIFIED)
    other_eyes(shown, by)
    same(shown.contract, seen_hash)
    events.verifying.send(shown, by=by)
    _move(shown, fair, end, Act.VERIFIED, by=by)
    return shown.contract


def void(contract_id: UUID, reason: str, *, by: Actor) -> Contract:
    """Take a contract out of every total, with its reason; a verified one needs a person who had no hand in it so far.

    Raises NotFound, Forbidden, FourEyes, IllegalMove.
    """
    shown, fair = locked(contract_id, "contracts.void", by)
    contract = shown.contract
    end = check_move(MOVES, contract.status, Status.VOID)
    if contract.status is Status.VERIFIED:
        other_eyes(shown, by)
    contract.void_reason = reason
    _move(shown, fair, end, Act.VOIDED, by=by, reason=reason)
    return contract


def locked(contract_id: UUID, permission: str, by: Actor) -> tuple[Shown, Fair]:
    """The contract, locked, for somebody who may do this in its fair. Raises NotFound, Forbidden."""
    shown = show(contract_id, by=by, lock=True)
    by.require(permission, fair_id=shown.contract.fair_id)
    fair = db.session.get(Fair, shown.contract.fair_id, with_for_update={"read": True}, populate_existing=True)
    if fair is None:
        raise NotFound()
    if fair.closed_at is not None:
        raise Forbidden(gettext("This fair is closed; its total does not change any more."))
    return shown, fair


def _move(shown: Shown, fair: Fair, end: Status, act: Act, *, by: Actor, reason: str | None = None) -> None:
    contract, start = shown.contract, shown.contract.status
    verb = {Act.SIGNED: "sign", Act.VERIFIED: "verify", Act.VOIDED: "void"}[act]
    ledger.book(fair, rules.deal(contract, shown.parties), move=verb, start=start, end=end, by=by, reason=reason)
    contract.status, contract.changed_at = end, now()  # after the booking, which may refuse: the page then shows it as it is
    hand(contract, act, by)
    audit.record(f"contracts.{verb}", f"contract:{contract.id}", by=by, fair_id=fair.id, before=contract.content_hash, after=contract.content_hash)
    events.moved.send(shown, by=by)


def same(contract: Contract, seen_hash: str) -> None:
    """Raises Stale when it is not this content that was shown."""
    if seen_hash != contract.content_hash:
        raise Stale()


def hand(contract: Contract, act: Act, by: Actor) -> None:
    db.session.add(Hand(contract_id=contract.id, person_id=by.person_id, act=act, at=now(), content_hash=contract.content_hash))


def rehash(contract: Contract, parties: list[Party], evidence: list[Evidence]) -> None:
    """Set the hash of what a reader is shown now."""
    others = queries.others_of([contract.id])[contract.id]
    contract.content_hash = rules.hash_of(rules.facts(contract, parties, [file.sha256 for file in evidence], others=others))


def rewrite(contract: Contract, data: dict[str, Any], fair: Fair, evidence: list[Evidence]) -> list[Party]:
    """Replace all facts of a contract that is there, its parties and other amounts too, and set its hash."""
    fill(contract, data, fair)
    db.session.execute(delete(Party).where(Party.contract_id == contract.id))
    db.session.execute(delete(OtherAmount).where(OtherAmount.contract_id == contract.id))
    parties = set_parties(contract, data["parties"])
    set_others(contract, data.get("other_amounts", []))
    rehash(contract, parties, evidence)
    return parties


def fill(contract: Contract, data: dict[str, Any], fair: Fair) -> None:
    """Write the facts onto the contract after checking what only the database and the fair know."""
    if data["signed_on"] is not None and data["signed_on"] > today(fair.time_zone):
        raise Invalid.field("signed_on", "day_future", gettext("This day is after today."))
    if data["number"] is not None:
        other = select(Contract.id).where(Contract.fair_id == fair.id, Contract.number == data["number"], Contract.id != contract.id)
        if db.session.scalar(other) is not None:
            raise Duplicate(gettext("A contract with this number is logged at this fair already."))
    for name in ("achievement_id", "need_id"):
        _check_listing(data[name], Kind.ACHIEVEMENT if name == "achievement_id" else Kind.NEED, name)
    for name in rules.FACTS:
        if name != "negotiation_id":
            setattr(contract, name, data[name])
    for name in rules.MAY_BE_MISSING:
        setattr(contract, name, data.get(name))
    _check_value(contract)
    linking.check(contract, data["parties"], fair)


VARIABLE_PART = ("payment_mode", "royalty_bp", "milestones", "floor_minor", "cap_minor")


def _check_value(contract: Contract) -> None:
    """Only a contract has a value; of a framework the ceiling may be known."""
    if contract.contract_class is ContractClass.CONTRACT:
        return
    if contract.total_minor or contract.technology_minor:
        raise Invalid.field("total_amount", "no_deal_value", gettext("An intent or a framework has no deal value; leave the amounts undisclosed."))
    ceiling = {"cap_minor"} if contract.contract_class is ContractClass.FRAMEWORK else set()
    for name in VARIABLE_PART:
        if name not in ceiling and getattr(contract, name) is not None:
            field = name.replace("_minor", "_amount")
            raise Invalid.field(field, "no_deal_value", gettext("An intent or a framework has no deal value; leave this empty."))


def _check_listing(listing_id: UUID | None, kind: Kind, name: str) -> None:
    if listing_id is not None:
        listing = db.session.get(Listing, listing_id)
        if listing is None or listing.kind is not kind:
            raise Invalid.field(name, "reference", gettext("There is no such record."))


def set_parties(contract: Contract, parties: list[dict[str, Any]]) -> list[Party]:
    known = registered({data["name"] for data in parties if data["organization_id"] is None})
    found = []
    for position, data in enumerate(parties):
        organization_id = data["organization_id"]
        if organization_id is not None:
            organization = db.session.get(Organization, organization_id)
            if organization is None or not organization.stands:
                raise Invalid.field(f"parties/{position}/organization_id", "reference", gettext("There is no such record."))
            organization_id = organization.merged_into_id or organization.id
        who = rules.who(data["name"], data["country"], organization_id or known.get(fold_name(data["name"])))
        found.append(Party(contract_id=contract.id, position=position, who=who, **data))
    db.session.add_all(found)
    db.session.flush()
    return found


def registered(names: set[str]) -> dict[str, UUID]:
    """{folded name: the approved organisation that bears it}, for those of the names that are registered here."""
    keys = {key for key in map(fold_name, names) if key}
    if not keys:
        return {}
    bears = or_(Organization.name_key.in_(keys), Organization.other_name_key.in_(keys))
    query = select(Organization).where(bears, Organization.status == OrganizationStatus.APPROVED)
    found = list(db.session.scalars(query))
    return {key: one.id for one in found for key in (one.name_key, one.other_name_key) if key in keys}  # type: ignore[misc]


def set_others(contract: Contract, others: list[dict[str, Any]]) -> None:
    """``others``: kind, amount_minor, currency. They are named beside the deal; nothing adds them."""
    db.session.add_all(OtherAmount(contract_id=contract.id, **other) for other in others)
    db.session.flush()
