"""What a day's close is made of: which day is next, where it is cut, what is still open, and how it moved the headline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import exists, func, or_, select

from marketplace.confirmations.models import Mismatch
from marketplace.contracts.models import Contract, DealReport, Evidence, ReportStatus
from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.figures import queries, stating
from marketplace.figures.models import Close
from marketplace.figures.rules import DayTotals, Sum, day_totals
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Scope, Status, View, Voucher
from marketplace.negotiations.models import Handover

CORRECTIONS = ("void", "reverse", "amend")
BESIDE = ("mark", "unmark", "hold", "release")
"""Moves that change neither the status nor the value of a contract."""
KINDS = ("declared", "signed", "mismatch", "report", "handover")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """Something that a day should not end with. ``key`` is 'signed:<id>'; ``label`` a reference or title to find it by."""

    kind: str
    id: UUID
    label: str
    since: datetime

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


def end_of(fair: Fair, day: date) -> datetime:
    """Midnight where the fair is."""
    return datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(fair.time_zone))


def open_items(fair: Fair, day: date) -> list[OpenItem]:
    """What was there at the end of a day and is not settled now, by kind, the oldest first. One query a kind."""
    found: list[OpenItem] = []
    end = end_of(fair, day)
    no_evidence = ~exists().where(Evidence.contract_id == Contract.id)
    waiting = select(Contract.id, Contract.reference, Contract.created_at).where(Contract.fair_id == fair.id)
    for kind, query in (
        ("declared", waiting.where(Contract.status == Status.DECLARED, no_evidence)),
        ("signed", waiting.where(or_(Contract.status == Status.SIGNED, (Contract.status == Status.DECLARED) & ~no_evidence))),
        (
            "mismatch",
            select(Mismatch.id, Contract.reference, Mismatch.opened_at)
            .join(Contract, Contract.id == Mismatch.contract_id)
            .where(Mismatch.fair_id == fair.id, Mismatch.settled_at.is_(None)),
        ),
        (
            "report",
            select(DealReport.id, DealReport.reference, DealReport.created_at)
            .where(DealReport.fair_id == fair.id, DealReport.status == ReportStatus.WAITING),
        ),
        (
            "handover",
            select(Handover.id, Handover.reference, Handover.handed_at)
            .where(Handover.fair_id == fair.id, Handover.taken_at.is_(None)),
        ),
    ):  # fmt: skip
        rows = sorted(db.session.execute(query), key=lambda row: (row[2], str(row[0])))
        found += [OpenItem(kind=kind, id=row[0], label=row[1], since=row[2]) for row in rows if row[2] < end]
    return found


def next_day(fair: Fair) -> date:
    """The day to be closed next: the first day of the fair, then one after the other; after its last day, those with bookings.

    It may still lie ahead.
    """
    last = queries.last_close(fair.id)
    if last is None:
        return fair.opens_on
    following = last.day + timedelta(days=1)
    if following <= fair.closes_on:
        return following
    booked = select(func.min(Voucher.booked_at)).where(Voucher.fair_id == fair.id, Voucher.seq > last.seq)
    first = db.session.scalar(booked)
    return max(following, first.astimezone(ZoneInfo(fair.time_zone)).date() if first else today(fair.time_zone))


def cut_of(fair: Fair, day: date) -> int:
    """The last voucher number that was booked by the end of a day, as the fair's clocks show it."""
    query = select(func.coalesce(func.max(Voucher.seq), 0)).where(Voucher.fair_id == fair.id, Voucher.booked_at < end_of(fair, day))
    return db.session.scalar(query) or 0


def report(fair: Fair, scope: Scope, day: date, *, before: Close | None, seq: int) -> dict[str, Any]:
    """What two people sign: the headline's way from the day before to this cut, each correction with its reason, and what
    stays open, each with the reason why. Plain values."""
    reasons = queries.carried(fair.id, day)
    carried = [
        {"item": item.key, "kind": item.kind, "label": item.label, "reason": reasons[item.key].reason if item.key in reasons else None}
        for item in open_items(fair, day)
    ]
    return {
        "format": 1, "fair": fair.slug, "day": day.isoformat(), "time_zone": fair.time_zone, "currency": fair.base_currency,
        **counted_part(fair, scope, day, before=before, seq=seq), "carried_over": carried,
    }  # fmt: skip


def counted_part(fair: Fair, scope: Scope, day: date, *, before: Close | None, seq: int) -> dict[str, Any]:
    """The part of a report that follows from the ledger alone, so that an auditor gets the same on any later day."""
    from_seq = before.seq if before else 0
    old = stating.lines_of(ledger.counted(fair, scope, view=View.STAFF, seq=from_seq)) if from_seq else []
    new = stating.lines_of(ledger.counted(fair, scope, view=View.STAFF, seq=seq)) if seq else []
    totals = day_totals(old, new)
    opening, known = _closing_of(before), {line["contract_id"] for line in old}
    references = {line["contract_id"]: line["reference"] for line in [*old, *new]}
    return {
        "from_seq": from_seq, "seq": seq, "scope": {"code": scope.code, "number": scope.number},
        "opening": _plain(opening), "rule_change": _plain(totals.opening - opening),
        "added": _plain(totals.added), "adjusted": _plain(totals.adjusted), "closing": _plain(totals.closing),
        "new": [_brief(line) for line in new if line["contract_id"] not in known],
        "adjustments": _adjustments(fair, totals, references, from_seq=from_seq, seq=seq),
        "moves": _moves(fair, from_seq, seq),
    }  # fmt: skip


def _brief(line: dict[str, Any]) -> dict[str, Any]:
    return {name: line[name] for name in ("contract_id", "reference", "base_total_minor")}


def _closing_of(before: Close | None) -> Sum:
    if before is None:
        return Sum()
    closing = orjson.loads(before.report)["closing"]
    return Sum(closing["contracts"], closing["total_minor"])


def _plain(found: Sum) -> dict[str, int]:
    return {"contracts": found.contracts, "total_minor": found.total_minor}


def _adjustments(fair: Fair, totals: DayTotals, references: dict[str, str], *, from_seq: int, seq: int) -> list[dict[str, Any]]:
    """What corrects something that an earlier day has counted, by contract: its vouchers with their reasons, and what that
    changed of the headline (nothing, where only a declared or signed value was corrected)."""
    vouchers = _corrections(fair, from_seq, seq)
    ids = sorted({*vouchers, *totals.adjustments})
    known = references | _references([key for key in ids if key not in references])
    found = [
        {
            "contract_id": key, "reference": known[key], **_plain(totals.adjustments.get(key, Sum())),
            "vouchers": [
                {"seq": voucher.seq, "move": voucher.move, "reason": _reason(voucher, vouchers[key])} for voucher in vouchers.get(key, [])
            ],
        }
        for key in ids
    ]  # fmt: skip
    return sorted(found, key=lambda each: str(each["reference"]))


def _reason(voucher: Voucher, booked: list[Voucher]) -> str:
    """Its own, else that of what was booked with it: an amendment says why once for all that it takes back. An edit says no more."""
    return voucher.reason or next((each.reason for each in booked if each.reason and each.booked_at == voucher.booked_at), "edited")


def _corrections(fair: Fair, from_seq: int, seq: int) -> dict[str, list[Voucher]]:
    """{contract known at ``from_seq``: the vouchers after it, until ``seq``, that take something back or stand in its place}."""
    if not from_seq:
        return {}
    earlier = select(Voucher.contract_id).where(Voucher.fair_id == fair.id, Voucher.seq <= from_seq)
    query = (
        select(Voucher)
        .where(Voucher.fair_id == fair.id, Voucher.seq > from_seq, Voucher.seq <= seq, Voucher.contract_id.in_(earlier))
        .where(or_(Voucher.move.in_(CORRECTIONS), Voucher.corrects_id.is_not(None), Voucher.reverses_id.is_not(None)))
        .where(Voucher.move.not_in(BESIDE))
        .order_by(Voucher.seq)
    )
    found: dict[str, list[Voucher]] = {}
    for voucher in db.session.scalars(query):
        found.setdefault(str(voucher.contract_id), []).append(voucher)
    return found


def _references(ids: Iterable[str]) -> dict[str, str]:
    query = select(Contract.id, Contract.reference).where(Contract.id.in_([UUID(key) for key in ids]))
    return {str(row.id): row.reference for row in db.session.execute(query)}


def _moves(fair: Fair, from_seq: int, seq: int) -> dict[str, int]:
    """How many vouchers of each move the day has."""
    query = select(Voucher.move, func.count()).where(Voucher.fair_id == fair.id, Voucher.seq > from_seq, Voucher.seq <= seq)
    rows = db.session.execute(query.group_by(Voucher.move).order_by(Voucher.move))
    return {str(row[0]): int(row[1]) for row in rows}


def adjusted_since(fair: Fair, close: Close) -> int:
    """How many contracts that this day had counted or noted were corrected after its cut."""
    last, _ = ledger.head(fair.id, View.STAFF)
    return len(_corrections(fair, close.seq, last))


def may_be_closed(fair: Fair, day: date) -> bool:
    """Whether the day has begun where the fair is."""
    return day <= today(fair.time_zone)


def is_today(fair: Fair, day: date) -> bool:
    return day == today(fair.time_zone)


def days_to_close(by: Actor) -> int:
    """At how many open fairs of this person a day of the fair is over and not closed. One query."""
    last = select(func.max(Close.day)).where(Close.fair_id == Fair.id).correlate(Fair).scalar_subquery()
    query = select(Fair.opens_on, Fair.closes_on, Fair.time_zone, last).where(Fair.id.in_(by.fairs_where("figures.close")), Fair.closed_at.is_(None))
    found = 0
    for opens_on, closes_on, zone, closed in db.session.execute(query):
        following = closed + timedelta(days=1) if closed else opens_on
        found += following <= closes_on and following < today(zone)
    return found
