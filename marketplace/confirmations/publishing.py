"""The public code of a verified contract, and what everybody may read under it: its status, and of its facts what both sides allowed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError

from marketplace.confirmations import queries, rules
from marketplace.confirmations.models import Code, Side
from marketplace.contracts import service as contracts
from marketplace.contracts.amending import Amendment, Outcome
from marketplace.contracts.models import Act, Contract, Hand, Party
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger import publishing as ledger
from marketplace.ledger.models import Status

TRIES = 5


@dataclass(slots=True)
class Sheet:
    """What a public code shows. ``title``, ``names`` and ``amount`` are empty unless both sides allowed them for this very content.

    Of a contract under embargo (``held``) everything but the code and its fair is empty.
    """

    code: str
    fair: Fair
    held: bool = False
    reference: str | None = None
    status: str | None = None
    verified_on: date | None = None
    amended_on: list[date] = field(default_factory=list)
    void_on: date | None = None
    title_en: str | None = None
    title_zh: str | None = None
    names: list[dict[str, str]] | None = None
    amount_shown: bool = False
    total_minor: int | None = None
    currency: str | None = None


def on_verified(shown: contracts.Shown, **_: Any) -> None:
    """A contract that is verified gets its code, once and for ever."""
    if shown.contract.status is Status.VERIFIED:
        give(shown.contract)


def give(contract: Contract) -> Code:
    """The code of a verified contract, made when it has none yet."""
    known = of(contract.id)
    if known is not None:
        return known
    fair = db.session.get_one(Fair, contract.fair_id)
    moment = db.session.scalar(select(Hand.at).where(Hand.contract_id == contract.id, Hand.act == Act.VERIFIED).order_by(Hand.at).limit(1))
    day = _day(moment, fair) if moment else today(fair.time_zone)
    for _ in range(TRIES):
        code = Code(code=rules.new_code(), contract_id=contract.id, verified_on=day, made_at=now())
        try:
            with db.session.begin_nested():
                db.session.add(code)
            return code
        except IntegrityError:  # 54 random bits met a code that exists, or another worker was first
            if (known := of(contract.id)) is not None:
                return known
    raise RuntimeError("no free verification code")


def of(contract_id: UUID) -> Code | None:
    return db.session.scalar(select(Code).where(Code.contract_id == contract_id))


def without_code(limit: int) -> list[Contract]:
    """Verified contracts that have no code yet, from before there were codes."""
    missing = ~exists().where(Code.contract_id == Contract.id)
    return list(db.session.scalars(select(Contract).where(Contract.status == Status.VERIFIED, missing).limit(limit)))


def look_up(typed: str) -> Sheet:
    """What a code shows everybody now. Raises NotFound with the reason: mistyped, or not known."""
    code = rules.typed_code(typed)
    if not rules.is_code(code):
        raise NotFound(gettext("This is not a verification code: a sign is wrong, missing or too many. Compare it with the paper."))
    row = db.session.scalar(select(Code).where(Code.code == code))
    contract = db.session.get(Contract, row.contract_id) if row else None
    if row is None or contract is None:
        raise NotFound(gettext("No contract has this verification code. Whoever showed it to you should show the contract itself."))
    if ledger.is_held(contract.id):
        return Sheet(code=code, fair=db.session.get_one(Fair, contract.fair_id), held=True)
    return sheet_of(contract, row)


def sheet_of(contract: Contract, row: Code) -> Sheet:
    """What stands under the code of a contract, embargo or not: for who may read the contract."""
    fair = db.session.get_one(Fair, contract.fair_id)
    sheet = Sheet(code=row.code, fair=fair, reference=contract.reference, status=contract.status.value, verified_on=row.verified_on)
    decided = select(Amendment.decided_at).where(Amendment.contract_id == contract.id, Amendment.outcome == Outcome.APPROVED)
    sheet.amended_on = [_day(moment, fair) for moment in db.session.scalars(decided.order_by(Amendment.number)) if moment]
    if contract.status is Status.VOID:
        voided = select(Hand.at).where(Hand.contract_id == contract.id, Hand.act == Act.VOIDED).order_by(Hand.at.desc()).limit(1)
        moment = db.session.scalar(voided)
        sheet.void_on = _day(moment, fair) if moment else None
    _fill_allowed(sheet, contract)
    return sheet


def _fill_allowed(sheet: Sheet, contract: Contract) -> None:
    """Only what both sides, asked about this very content, agreed to show, and neither says is otherwise."""
    sides = queries.state(contract.id, contract.content_hash).sides
    answers = [sides[side].answer for side in Side]
    if any(answer is None for answer in answers):
        return

    def allowed(what: str, *facts: str) -> bool:
        return all(a is not None and getattr(a, what) and not set(facts) & set(a.corrections) for a in answers)

    if allowed("show_title", "title"):
        sheet.title_en, sheet.title_zh = contract.title_en, contract.title_zh
    if allowed("show_names", "parties"):
        parties = db.session.scalars(select(Party).where(Party.contract_id == contract.id).order_by(Party.position))
        sheet.names = [{"role": party.role.value, "name": party.name} for party in parties]
    if allowed("show_amount", "total", "currency"):
        sheet.amount_shown, sheet.total_minor, sheet.currency = True, contract.total_minor, contract.currency


def _day(moment: datetime, fair: Fair) -> date:
    return moment.astimezone(ZoneInfo(fair.time_zone)).date()
