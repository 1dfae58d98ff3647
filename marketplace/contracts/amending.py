"""Amending a verified contract: one person proposes new facts, both sides are asked about them, another person approves.

The contract stays as it is until the approval, which books the old value out and the new one in (`ledger.amend`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, inspect, select, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.mailboxes import accounts_of
from marketplace.accounts.models import Person
from marketplace.contracts import duplicates, events, eyes, rules, service
from marketplace.contracts import models as contract_models
from marketplace.contracts.models import Act, Contract, Party
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import Id, Model, db
from marketplace.core.errors import DomainError, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.ledger import service as ledger
from marketplace.ledger.models import ContractClass, Status
from marketplace.organizations.models import Organization

proposed = events.signals.signal("contracts.amendment_proposed")
"""Sent with the Proposal and ``by``: both sides are asked about the proposed content."""
approving = events.signals.signal("contracts.amendment_approving")
"""Sent with the Proposal and ``by`` before anything is booked; a listener may refuse with a DomainError."""
ended = events.signals.signal("contracts.amendment_ended")
"""Sent with the Proposal and ``by``: turned down, or its contract is void."""


class Outcome(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    TURNED_DOWN = "turned_down"
    ENDED = "ended"


MOVES: dict[Outcome, set[Outcome]] = {
    Outcome.OPEN: {Outcome.APPROVED, Outcome.TURNED_DOWN, Outcome.ENDED},
    Outcome.APPROVED: set(),
    Outcome.TURNED_DOWN: set(),
    Outcome.ENDED: set(),
}


class Amendment(Model):
    """New facts of a verified contract, proposed. ``data`` is what the contract's schema loaded; ``before_hash`` the content it changes."""

    __tablename__ = "amendments"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        Index(
            "uq_amendments_open", "contract_id", unique=True,
            sqlite_where=text("outcome = 'open'"), postgresql_where=text("outcome = 'open'"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    number: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000))
    data: Mapped[dict[str, Any]]
    before_hash: Mapped[str] = mapped_column(String(64))
    content_hash: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[Outcome]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(1000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class AlreadyProposed(DomainError):
    slug, title = "amendment-open", _l("An amendment is waiting")
    text = _l("An amendment of this contract waits for a decision already. Decide on it first.")


@dataclass(frozen=True, slots=True)
class Proposal:
    """An amendment beside the contract as it is, and the contract as it would be (``then``: never saved)."""

    amendment: Amendment
    shown: service.Shown
    then: service.Shown


def propose(contract_id: UUID, data: dict[str, Any], *, reason: str, by: Actor) -> Amendment:
    """New facts for a verified contract; it stays unchanged. ``data`` is what `schemas.ContractIn` loads.

    Raises NotFound, Forbidden, IllegalMove (not verified), AlreadyProposed, Invalid (also when nothing changes), `duplicates.SameDeal`.
    """
    shown, fair = service.locked(contract_id, "contracts.log", by)
    if shown.contract.status is not Status.VERIFIED:
        raise IllegalMove(gettext("Only a verified contract is amended; edit the others."))
    if open_amendment(contract_id) is not None:
        raise AlreadyProposed()
    known_parties(data)
    then = as_amended(shown, data, fair)
    if then.contract.content_hash == shown.contract.content_hash:
        raise Invalid(gettext("Nothing would change."))
    duplicates.refuse_same(data, by=by, contract_id=contract_id)
    so_far = db.session.scalar(select(func.max(Amendment.number)).where(Amendment.contract_id == contract_id)) or 0
    amendment = Amendment(
        contract_id=contract_id, number=so_far + 1, reason=reason, data=freeze(data), before_hash=shown.contract.content_hash,
        content_hash=then.contract.content_hash, outcome=Outcome.OPEN, proposed_by=by.person_id, proposed_at=now(),
    )  # fmt: skip
    db.session.add(amendment)
    db.session.flush()  # what asks both sides names it
    _note("propose", amendment, fair, by=by)
    proposed.send(Proposal(amendment, shown, then), by=by)
    return amendment


def approve(contract_id: UUID, amendment_id: UUID, *, seen_hash: str, by: Actor) -> Amendment:
    """A second person compared the proposed facts: the ledger takes the old value out and the new one in, in this transaction.

    Raises NotFound, Forbidden, FourEyes (the proposer, or who has a part in the deal), IllegalMove, Stale, Invalid, and
    `duplicates.SameDeal` for a deal that was logged meanwhile.
    """
    shown, fair = service.locked(contract_id, "contracts.verify", by)
    amendment = find(contract_id, amendment_id, lock=True)
    check_move(MOVES, amendment.outcome, Outcome.APPROVED)
    data = thaw(amendment.data)
    proposal = Proposal(amendment, shown, as_amended(shown, data, fair))
    if amendment.proposed_by in accounts_of(by.person_id):
        raise FourEyes()
    eyes.no_part_in(shown, by)
    eyes.no_part_in(proposal.then, by)
    contract, before = shown.contract, shown.contract.content_hash
    if seen_hash != amendment.content_hash or amendment.before_hash != before or proposal.then.contract.content_hash != amendment.content_hash:
        raise Stale()
    known_parties(data)
    apart = duplicates.refuse_same(data, by=by, contract_id=contract_id)
    approving.send(proposal, by=by)
    old = rules.deal(contract, shown.parties)
    contract.changed_at = now()
    parties = service.rewrite(contract, data, fair, shown.evidence)
    ledger.amend(fair, old, rules.deal(contract, parties), by=by, reason=amendment.reason)
    _decide(amendment, Outcome.APPROVED, by=by)
    _hand(contract, Act.EDITED, amendment.proposed_by, at=amendment.proposed_at)
    _hand(contract, Act.VERIFIED, by.person_id, at=now())
    _note("amend", amendment, fair, by=by)
    duplicates.tell_apart(contract, data, same=apart, by=by)
    events.changed.send(service.Shown(contract, parties, shown.evidence), by=by)
    return amendment


def turn_down(contract_id: UUID, amendment_id: UUID, *, note: str, by: Actor) -> Amendment:
    """The contract stays as it is. Raises NotFound, Forbidden, IllegalMove."""
    shown, fair = service.locked(contract_id, "contracts.verify", by)
    amendment = find(contract_id, amendment_id, lock=True)
    _decide(amendment, Outcome.TURNED_DOWN, by=by, note=note)
    _note("turn_down", amendment, fair, by=by)
    ended.send(Proposal(amendment, shown, shown), by=by)
    return amendment


def end_with_contract(shown: service.Shown, *, by: Actor, **_: Any) -> None:
    """A void contract is not amended: an open proposal ends with it."""
    amendment = open_amendment(shown.contract.id)
    if shown.contract.status is Status.VOID and amendment is not None:
        _decide(amendment, Outcome.ENDED, by=by)
        ended.send(Proposal(amendment, shown, shown), by=by)


def open_amendment(contract_id: UUID) -> Amendment | None:
    return db.session.scalar(select(Amendment).where(Amendment.contract_id == contract_id, Amendment.outcome == Outcome.OPEN))


def amendments_of(contract_id: UUID) -> list[Amendment]:
    """All of a contract, the first one first."""
    return list(db.session.scalars(select(Amendment).where(Amendment.contract_id == contract_id).order_by(Amendment.number)))


def find(contract_id: UUID, amendment_id: UUID, *, lock: bool = False) -> Amendment:
    """An amendment of this contract; the caller has checked that the contract is theirs to see. Raises NotFound."""
    query = select(Amendment).where(Amendment.id == amendment_id, Amendment.contract_id == contract_id)
    amendment = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if amendment is None:
        raise NotFound()
    return amendment


def proposal(contract_id: UUID, amendment_id: UUID, *, by: Actor) -> Proposal:
    """An amendment that this person may read, with both contents. Raises NotFound."""
    shown = service.show(contract_id, by=by)
    amendment = find(contract_id, amendment_id)
    fair = db.session.get_one(Fair, shown.contract.fair_id)
    return Proposal(amendment, shown, as_amended(shown, thaw(amendment.data), fair))


def known_parties(data: dict[str, Any]) -> None:
    """Raises Invalid where a party names an organisation that is not registered and approved."""
    for position, party in enumerate(data["parties"]):
        organization = db.session.get(Organization, party["organization_id"]) if party.get("organization_id") else None
        if party.get("organization_id") and (organization is None or not organization.stands):
            raise Invalid.field(f"parties/{position}/organization_id", "reference", gettext("There is no such record."))


def as_amended(shown: service.Shown, data: dict[str, Any], fair: Fair) -> service.Shown:
    """The contract with these facts, as a copy that belongs to no session. Raises Invalid, also for another class."""
    if data["contract_class"] is not shown.contract.contract_class:
        raise Invalid.field("contract_class", "class_for_ever", gettext("The class of a contract never changes."))
    copied = Contract(**{column.key: getattr(shown.contract, column.key) for column in inspect(Contract).column_attrs})
    service.fill(copied, data, fair)
    parties = [Party(contract_id=copied.id, position=position, **party) for position, party in enumerate(data["parties"])]
    others = [contract_models.OtherAmount(contract_id=copied.id, **other) for other in data.get("other_amounts", [])]
    hashes = [file.sha256 for file in shown.evidence]
    copied.content_hash = rules.hash_of(rules.facts(copied, parties, hashes, others=others))
    return service.Shown(copied, parties, shown.evidence)


def _decide(amendment: Amendment, outcome: Outcome, *, by: Actor, note: str | None = None) -> None:
    amendment.outcome = check_move(MOVES, amendment.outcome, outcome)
    amendment.decided_by, amendment.decided_at, amendment.note = by.person_id, now(), note


def _hand(contract: Contract, act: Act, person_id: UUID | None, *, at: datetime) -> None:
    if person_id is not None:
        hand = contract_models.Hand(contract_id=contract.id, person_id=person_id, act=act, at=at, content_hash=contract.content_hash)
        db.session.add(hand)


def _note(verb: str, amendment: Amendment, fair: Fair, *, by: Actor) -> None:
    audit.record(
        f"contracts.{verb}", f"contract:{amendment.contract_id}", by=by, fair_id=fair.id, before=amendment.before_hash,
        after=amendment.content_hash, amendment=str(amendment.id),
    )  # fmt: skip


ENUMS: dict[str, type[StrEnum]] = {
    name: kind for name, kind in vars(contract_models).items() if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
} | {"ContractClass": ContractClass}


def freeze(value: Any) -> Any:
    """Loaded facts as JSON that `thaw` turns back: codes, days and ids carry their type."""
    if isinstance(value, dict):
        return {name: freeze(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [freeze(inner) for inner in value]
    if isinstance(value, StrEnum):
        return {"@": type(value).__name__, "value": value.value}
    if isinstance(value, date):
        return {"@": "day", "value": value.isoformat()}
    if isinstance(value, UUID):
        return {"@": "id", "value": str(value)}
    return value


def thaw(value: Any) -> Any:
    if isinstance(value, list):
        return [thaw(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "@" not in value:
        return {name: thaw(inner) for name, inner in value.items()}
    kind, said = value["@"], value["value"]
    return date.fromisoformat(said) if kind == "day" else UUID(said) if kind == "id" else ENUMS[kind](said)


events.moved.connect(end_with_contract)
