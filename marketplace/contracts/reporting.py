"""Deals that buyers, sellers and agencies tell the desk of. A report counts nowhere: the desk logs, merges or refuses it."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.contracts import service
from marketplace.contracts.models import REPORT_MOVES, Contract, DealReport, OtherKind, PartyRole, PaymentMode, ReportStatus
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.jobs import enqueue
from marketplace.core.references import next_reference
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.listings.models import Kind, Listing

ANSWERED_LATELY = timedelta(days=7)
LEFT_OUT = {"distinct_from", "distinct_reason", "total_implied", "technology_implied"}
_DAYS = {"signed_on", "announced_on", "valid_from", "valid_to"}
_IDS = {"achievement_id", "need_id", "framework_id", "intent_id", "organization_id"}
_CODES: dict[str, type[StrEnum]] = {"contract_class": ContractClass, "payment_mode": PaymentMode, "role": PartyRole}


def report(fair: Fair, data: Mapping[str, Any], *, by: Actor) -> DealReport:
    """Tell the desk of a fair of a deal in which one's organisation has a part. ``data`` is what `schemas.ContractIn` loads.

    Raises Forbidden, Invalid (closed fair, not one of the parties, a day to come).
    """
    by.require("contracts.report")
    if by.organization_id is None:
        raise Forbidden()
    if fair.closed_at is not None:
        raise Invalid.field("fair", "fair_closed", gettext("This fair is closed; its total does not change any more."))
    if by.organization_id not in {party["organization_id"] for party in data["parties"]}:
        raise Invalid.field("parties", "not_a_party", gettext("Your organisation must be one of the parties: provider, recipient or broker."))
    if data["signed_on"] is not None and data["signed_on"] > today(fair.time_zone):
        raise Invalid.field("signed_on", "day_future", gettext("This day is after today."))
    achievement = db.session.get(Listing, data["achievement_id"]) if data["achievement_id"] else None
    if data["achievement_id"] and (achievement is None or achievement.kind is not Kind.ACHIEVEMENT):
        raise Invalid.field("achievement_id", "reference", gettext("There is no such record."))
    row = DealReport(
        reference=next_reference("R"), fair_id=fair.id, organization_id=by.organization_id, reported_by=by.person_id, facts=frozen(data),
        status=ReportStatus.WAITING, created_at=now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("contracts.report", f"report:{row.id}", by=by, fair_id=fair.id)
    return row


def become(report_id: UUID, contract: Contract, *, by: Actor) -> DealReport:
    """The clerk logged it as this contract. Raises NotFound, IllegalMove (settled already)."""
    return _settle(report_id, ReportStatus.LOGGED, by=by, contract=contract)


def merge(report_id: UUID, contract_id: UUID, *, by: Actor) -> DealReport:
    """It is the deal of a contract that is there already. Raises NotFound, IllegalMove (settled already, or that contract is void)."""
    contract = service.show(contract_id, by=by).contract
    if contract.status is Status.VOID:
        raise IllegalMove(gettext("This contract is void. Log the deal anew, or merge it into another contract."))
    return _settle(report_id, ReportStatus.MERGED, by=by, contract=contract)


def refuse(report_id: UUID, reason: str, *, by: Actor) -> DealReport:
    """It is no deal of this fair; whoever reported it reads the reason. Raises NotFound, IllegalMove (settled already)."""
    return _settle(report_id, ReportStatus.REFUSED, by=by, reason=reason)


def _settle(
    report_id: UUID, end: ReportStatus, *, by: Actor, contract: Contract | None = None, reason: str | None = None
) -> DealReport:
    row = at_desk(report_id, by=by, lock=True)
    row.status = check_move(REPORT_MOVES, row.status, end)
    row.contract_id, row.reason = contract.id if contract else None, reason
    row.settled_by, row.settled_at = by.person_id, now()
    audit.record(
        "contracts.settle_report", f"report:{row.id}", by=by, fair_id=row.fair_id, outcome=end.value,
        contract=str(contract.id) if contract else None,
    )  # fmt: skip
    enqueue("contracts.tell_reporter", report_id=str(row.id))
    return row


def at_desk(report_id: UUID, *, by: Actor, lock: bool = False) -> DealReport:
    """A report at a desk where this person logs contracts. Raises NotFound."""
    query = select(DealReport).where(DealReport.id == report_id, DealReport.fair_id.in_(by.fairs_where("contracts.log")))
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if row is None:
        raise NotFound()
    return row


def waiting(*, by: Actor, fair_id: UUID | None = None) -> Select[Any]:
    """What waits at the desks where this person logs contracts, for `core.pages.paged` by (created_at, id)."""
    query = select(DealReport).where(DealReport.status == ReportStatus.WAITING, DealReport.fair_id.in_(by.fairs_where("contracts.log")))
    return query.where(DealReport.fair_id == fair_id) if fair_id else query


def own(*, by: Actor) -> Select[Any]:
    """What one's organisation reported, for `core.pages.paged` by (created_at, id)."""
    return select(DealReport).where(DealReport.organization_id == by.organization_id)


def of_contract(contract_id: UUID) -> list[DealReport]:
    """The reports that became this contract or were merged into it, the oldest first."""
    return list(db.session.scalars(select(DealReport).where(DealReport.contract_id == contract_id).order_by(DealReport.created_at)))


def count_waiting(by: Actor) -> int:
    return db.session.scalar(select(func.count()).select_from(waiting(by=by).subquery())) or 0


def count_answered(by: Actor) -> int:
    """One's organisation's reports that the desk settled in the last seven days."""
    query = own(by=by).where(DealReport.settled_at >= now() - ANSWERED_LATELY)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    """Loaded facts as plain JSON, which `thawed` turns back."""
    return {name: _plain(value) for name, value in data.items() if name not in LEFT_OUT}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


def thawed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a report as `schemas.ContractIn` had loaded them."""
    found: dict[str, Any] = {}
    for name, value in facts.items():
        if name == "parties":
            found[name] = [thawed(party) for party in value]
        elif name == "other_amounts":
            found[name] = [other | {"kind": OtherKind(other["kind"])} for other in value]
        elif value is None:
            found[name] = None
        else:
            found[name] = date.fromisoformat(value) if name in _DAYS else UUID(value) if name in _IDS else _CODES[name](value) if name in _CODES else value
    return found
