"""The marks of a verified contract beside its status: in force, registered (技术合同认定登记), performed; and taking them back."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.contracts import rules, service
from marketplace.contracts.models import MARKS, Contract
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger import service as ledger
from marketplace.ledger.models import ContractClass, Mark, Status
from marketplace.taxonomy.vocabularies import REGIONS

NEW_NUMBER = 16
REGISTRATION = ("registration_number", "registered_technology_minor")


def mark(contract_id: UUID, which: Mark, data: Mapping[str, Any], *, by: Actor) -> Contract:
    """Note that a verified contract is in force, registered or performed since ``data["on"]``; the ledger books it beside the status.

    Registering takes ``number`` (16 digits, older ones 14) and ``technology_minor``, the registered technology amount.
    Raises NotFound, Forbidden, IllegalMove (not verified, noted already), Invalid, Duplicate (number in use).
    """
    shown, fair = _open(contract_id, by)
    contract = shown.contract
    _check_day(contract, which, data["on"], fair)
    technology = None
    if which is Mark.REGISTERED:
        technology = data.get("technology_minor")
        _check_registration(contract, data.get("number"), technology)
    ledger.mark(fair, rules.deal(contract, shown.parties), which, on=True, by=by, technology_minor=technology)
    setattr(contract, MARKS[which.value], data["on"])
    if which is Mark.REGISTERED:
        contract.registration_number, contract.registered_technology_minor = data["number"], technology
    contract.changed_at = now()
    audit.record(
        "contracts.mark", f"contract:{contract.id}", by=by, fair_id=fair.id, before=contract.content_hash, after=contract.content_hash,
        mark=which.value, on=data["on"].isoformat(),
    )  # fmt: skip
    return contract


def clear(contract_id: UUID, which: Mark, reason: str, *, by: Actor) -> Contract:
    """Take a mark back, with its reason. Raises NotFound, Forbidden, IllegalMove (it is not noted)."""
    shown, fair = _open(contract_id, by)
    contract = shown.contract
    if getattr(contract, MARKS[which.value]) is None:
        raise IllegalMove(gettext("This is not noted."))
    ledger.mark(fair, rules.deal(contract, shown.parties), which, on=False, by=by)
    setattr(contract, MARKS[which.value], None)
    for name in REGISTRATION if which is Mark.REGISTERED else ():
        setattr(contract, name, None)
    contract.changed_at = now()
    audit.record(
        "contracts.clear_mark", f"contract:{contract.id}", by=by, fair_id=fair.id, before=contract.content_hash, after=contract.content_hash,
        personal={"reason": reason}, mark=which.value,
    )  # fmt: skip
    return contract


def _open(contract_id: UUID, by: Actor) -> tuple[service.Shown, Fair]:
    """The contract, locked, for somebody who may mark it; a closed fair stays open for this, deals are performed after it.

    Raises NotFound, Forbidden, IllegalMove.
    """
    shown = service.show(contract_id, by=by, lock=True)
    if shown.contract.fair_id not in by.fairs_where("contracts.mark"):
        raise Forbidden()
    fair = db.session.get(Fair, shown.contract.fair_id, with_for_update={"read": True}, populate_existing=True)
    if fair is None:
        raise NotFound()
    if shown.contract.status is not Status.VERIFIED:
        raise IllegalMove(gettext("Only a verified contract can be marked."))
    return shown, fair


def _check_day(contract: Contract, which: Mark, on: date, fair: Fair) -> None:
    if on > today(fair.time_zone):
        raise Invalid.field("on", "day_future", gettext("This day is after today."))
    if contract.signed_on is not None and on < contract.signed_on:
        raise Invalid.field("on", "day_before_signing", gettext("This day is before the day of signing."))
    if getattr(contract, MARKS[which.value]) is not None:
        raise IllegalMove(gettext("This is noted already. Take it back first, with a reason."))


def _check_registration(contract: Contract, number: str | None, technology: int | None) -> None:
    if contract.contract_class is not ContractClass.CONTRACT:
        raise IllegalMove(gettext("Only a contract is registered, no intent and no framework."))
    if number is None:
        raise Invalid.field("number", "required", gettext("Please fill this in."))
    if not is_registration_number(number):
        raise Invalid.field("number", "registration_number", gettext("A registration number has 16 digits; older ones have 14, with year and province."))
    other = select(Contract.id).where(Contract.registration_number == number, Contract.id != contract.id, Contract.status != Status.VOID)
    if db.session.scalar(other) is not None:
        raise Duplicate(gettext("Another contract bears this registration number already."))
    if technology is None:
        return
    if contract.total_minor is not None and technology > contract.total_minor:
        raise Invalid.field("technology_amount", "technology_of_total", gettext("The registered technology amount is more than the total."))


def is_registration_number(number: str) -> bool:
    """16 digits (合同登记编号), or the 14 of older ones: year 2, province 2 (GB/T 2260), city 2, office 2, serial 6."""
    if not re.fullmatch(r"[0-9]{14}(?:[0-9]{2})?", number, re.ASCII) or not number.strip("0"):
        return False
    return len(number) == NEW_NUMBER or number[2:4] in REGIONS
