"""Booking what happens to contracts: every move, correction and mark as vouchers; see `writing` for how they are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.money import MESSAGES, AmountError
from marketplace.fairs.models import Fair
from marketplace.ledger import publishing, writing
from marketplace.ledger.models import Hold, Mark, Posting, Status, Voucher
from marketplace.ledger.publishing import hold, release
from marketplace.ledger.rates import conversion
from marketplace.ledger.rules import Conversion, Deal
from marketplace.ledger.writing import Draft, live_scopes, lock_head, table_of

__all__ = ["amend", "book", "hold", "last_voucher", "live_scopes", "lock_head", "mark", "redeclare", "release"]

RATED = {Status.SIGNED, Status.VERIFIED, Status.VOID}
FACTS = ("contract_id", "kind", "place", "signed_on", "field", "country", "open", "parties", "rate_from", "rate_to", "rate_day", "rate_source")
AMOUNTS = ("total_minor", "technology_minor", "base_total_minor", "base_technology_minor")
LINE = ("line", "contract_class", "status", "mark", "currency", "count", *AMOUNTS)
Account = Status | Mark | None


def _history() -> Any:
    vouchers, postings, holds = table_of(Voucher), table_of(Posting), table_of(Hold)
    return (
        select(
            *(vouchers.c[name] for name in ("id", "reverses_id", *FACTS)), *(postings.c[name].label(f"posting_{name}") for name in LINE),
            holds.c.contract_id.label("held"), writing.SCOPE_IDS.label("scope_ids"),
        )
        .join(postings, postings.c.voucher_id == vouchers.c.id)
        .outerjoin(holds, holds.c.contract_id == vouchers.c.contract_id)
        .where(vouchers.c.contract_id == bindparam("contract"))
        .order_by(vouchers.c.seq, postings.c.line)
    )  # fmt: skip


HISTORY = _history()


@dataclass(frozen=True, slots=True)
class Past:
    """A voucher that is booked already: out of the account ``start``, into that of ``end`` (None is outside)."""

    voucher: dict[str, Any]
    postings: tuple[dict[str, Any], dict[str, Any]]

    @property
    def id(self) -> UUID:
        return UUID(str(self.voucher["id"]))

    @property
    def start(self) -> Account:
        return _account(self.postings[0])

    @property
    def end(self) -> Account:
        return _account(self.postings[1])

    @property
    def of_mark(self) -> bool:
        return isinstance(self.start, Mark) or isinstance(self.end, Mark)

    def rate(self) -> Conversion | None:
        if self.voucher["rate_day"] is None:
            return None
        return Conversion(**{name: self.voucher[name] for name in ("rate_from", "rate_to")}, day=self.voucher["rate_day"], source=self.voucher["rate_source"])


def _account(posting: dict[str, Any]) -> Account:
    account: Account = posting["status"] or posting["mark"]
    return account


def book(
    fair: Fair, deal: Deal, *, move: str, start: Status | None, end: Status | None, by: Actor | None,
    corrects: Voucher | None = None, reason: str | None = None,
) -> Voucher:  # fmt: skip
    """Book one move: out of the account of status ``start``, into that of ``end`` (None is outside).

    The rate of the day of signing is frozen when the deal becomes signed, and carried from then on. A void takes back its
    marks and names the voucher that it corrects. Raises NoRate, Invalid.
    """
    head = lock_head(fair.id)
    found = history(fair.id, deal.contract_id) if start is not None else History([], held=False, scopes=live_scopes(fair.id))
    past, here = found.past, standing(found.past)
    if start is not None and (not here or here[0].end is not start):
        raise ValueError(f"{deal.contract_id} does not stand at {start}")
    rate = _rate(fair, deal, start, end, past)
    corrected = corrects.id if corrects else (here[0].id if end is Status.VOID else None)
    drafts = [_opposite(one) for one in marks_on(past)] if end is Status.VOID else []
    drafts.append(_draft(fair, deal, move=move, start=start, end=end, rate=rate, corrects=corrected, reason=reason))
    return _write(fair, head, drafts, by=by, found=found)


def redeclare(fair: Fair, new: Deal, *, by: Actor | None, reason: str | None = None) -> Voucher:
    """Book an edit: every voucher that brought the contract where it stands is reversed, and its new facts are declared.

    Each of them names what it corrects. Raises IllegalMove for a contract that is verified or void. Returns the new voucher.
    """
    return _correct(fair, new, move="declare", end=Status.DECLARED, froms={Status.DECLARED, Status.SIGNED}, by=by, reason=reason)


def amend(fair: Fair, old: Deal, new: Deal, *, by: Actor | None, reason: str) -> Voucher:
    """Book the amendment of a verified contract: what stands is reversed, the new facts are verified, marks are carried over.

    The rate stays the frozen one while currency and day of signing stay. Raises IllegalMove unless it is verified,
    OpenAfterBatch when it was confidential in public and is to be open, NoRate, Invalid. Returns the new voucher.
    """
    if (old.contract_id, old.contract_class) != (new.contract_id, new.contract_class):
        raise ValueError("an amendment keeps the contract and its class")
    if new.open and not old.open and publishing.was_shown_in_batch(old.contract_id):
        raise publishing.OpenAfterBatch()
    return _correct(fair, new, move="amend", end=Status.VERIFIED, froms={Status.VERIFIED}, by=by, reason=reason)


def mark(fair: Fair, deal: Deal, mark: Mark, *, on: bool, by: Actor | None, technology_minor: int | None = None) -> Voucher:
    """Note beside the status of a verified contract that it is in force, registered or performed; or take that back.

    *Registered* counts ``technology_minor``, the registered technology amount, where it differs from the contract's.
    Raises IllegalMove when the contract is not verified, bears the mark already, or does not bear it.
    """
    head = lock_head(fair.id)
    found = history(fair.id, deal.contract_id)
    here, there = standing(found.past), {one.end: one for one in marks_on(found.past)}
    if not here or here[0].end is not Status.VERIFIED:
        raise IllegalMove(gettext("Only a verified contract can be marked."))
    if on and mark in there:
        raise IllegalMove(gettext("This is noted already."))
    if not on:
        if mark not in there:
            raise IllegalMove(gettext("This is not noted."))
        return _write(fair, head, [_opposite(there[mark])], by=by, found=found)
    draft = _draft(fair, deal, move="mark", start=None, end=mark, rate=here[0].rate(), technology_minor=technology_minor)
    return _write(fair, head, [draft], by=by, found=found)


def last_voucher(contract_id: UUID) -> Voucher | None:
    """The newest voucher of a contract."""
    return db.session.scalar(select(Voucher).where(Voucher.contract_id == contract_id).order_by(Voucher.seq.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class History:
    """All vouchers of a contract in order, whether it is held, and the scopes that count at its fair."""

    past: list[Past]
    held: bool
    scopes: writing.Scopes


def history(fair_id: UUID, contract_id: UUID) -> History:
    """One query, under the lock of the head: whoever waits for it waits for this too."""
    rows = [dict(row._mapping) for row in writing.run(HISTORY, {"contract": contract_id, "fair": fair_id})]
    if not rows:
        return History([], held=False, scopes=live_scopes(fair_id))
    lines = [{name: row[f"posting_{name}"] for name in LINE} for row in rows]
    past = [Past(rows[place], (lines[place], lines[place + 1])) for place in range(0, len(rows), 2)]
    return History(past, held=rows[0]["held"] is not None, scopes=writing.scopes_named(rows[0]["scope_ids"], fair_id))


def standing(past: list[Past]) -> list[Past]:
    """The vouchers that brought a contract from outside to where it stands, the newest first."""
    found, taken_back = [], {one.voucher["reverses_id"] for one in past}
    for one in reversed(past):
        if one.of_mark or one.voucher["reverses_id"] is not None or one.id in taken_back:
            continue
        found.append(one)
        if one.start is None:
            break
    return found


def marks_on(past: list[Past]) -> list[Past]:
    """The vouchers of the marks that a contract bears."""
    taken_back = {one.voucher["reverses_id"] for one in past}
    return [one for one in past if isinstance(one.end, Mark) and one.voucher["reverses_id"] is None and one.id not in taken_back]


def _correct(fair: Fair, new: Deal, *, move: str, end: Status, froms: set[Status], by: Actor | None, reason: str | None) -> Voucher:
    head = lock_head(fair.id)
    found = history(fair.id, new.contract_id)
    here, marks = standing(found.past), marks_on(found.past)
    if not here or here[0].end not in froms:
        raise IllegalMove(start=str(here[0].end) if here else "", end=end.value)
    rate = _amended_rate(fair, here[0], new) if end is Status.VERIFIED else None
    drafts = [_opposite(one) for one in (*marks, *here)]
    drafts.append(_draft(fair, new, move=move, start=None, end=end, rate=rate, corrects=here[0].id, reason=reason))
    for one in marks:
        registered = one.postings[1]["technology_minor"] if one.end is Mark.REGISTERED else None
        drafts.append(_draft(fair, new, move="mark", start=None, end=one.end, rate=rate, corrects=one.id, technology_minor=registered))
    return _write(fair, head, drafts, by=by, found=found, returned=len(drafts) - len(marks) - 1)


def _write(fair: Fair, head: writing.Head, drafts: list[Draft], *, by: Actor | None, found: History, returned: int = -1) -> Voucher:
    writing.write(fair, head, drafts, by=by, held=found.held, scopes=found.scopes)
    head.store()
    if any(draft.hidden for draft in drafts) and publishing.release_batch(fair, head, found.scopes):
        head.store()
    return Voucher(**drafts[returned].voucher)


def _rate(fair: Fair, deal: Deal, start: Status | None, end: Status | None, past: list[Past]) -> Conversion | None:
    if end is Status.SIGNED and start is Status.DECLARED:
        return _conversion(fair, deal)
    return past[-1].rate() if {start, end} & {Status.SIGNED, Status.VERIFIED} and past else None


def _amended_rate(fair: Fair, before: Past, new: Deal) -> Conversion | None:
    unchanged = (before.postings[1]["currency"], before.voucher["signed_on"]) == (new.currency, new.signed_on)
    return (before.rate() if unchanged else None) or _conversion(fair, new)


def _conversion(fair: Fair, deal: Deal) -> Conversion | None:
    if deal.total_minor is None and deal.technology_minor is None:
        return None
    if deal.signed_on is None:
        raise ValueError("a signed deal has a day of signing")
    return conversion(deal.currency, fair.base_currency, deal.signed_on)


def _draft(
    fair: Fair, deal: Deal, *, move: str, start: Account, end: Account, rate: Conversion | None,
    corrects: UUID | None = None, reason: str | None = None, technology_minor: int | None = None,
) -> Draft:  # fmt: skip
    voucher = {
        "contract_id": deal.contract_id, "move": move, "reverses_id": None, "corrects_id": corrects, "reason": reason,
        "kind": deal.kind, "place": deal.place, "signed_on": deal.signed_on, "field": deal.field, "country": deal.country, "open": deal.open,
        "parties": list(deal.parties), "rate_from": rate.rate_from if rate else None, "rate_to": rate.rate_to if rate else None,
        "rate_day": rate.day if rate else None, "rate_source": rate.source if rate else None,
    }  # fmt: skip
    minors = (deal.total_minor, deal.technology_minor if technology_minor is None else technology_minor)
    converted = [_converted(rate, minor, deal.currency, fair.base_currency) for minor in minors]
    postings = [_posting(deal, line, account, sign, (*minors, *converted)) for line, account, sign in ((1, start, -1), (2, end, +1))]
    return Draft(voucher, (postings[0], postings[1]))


def _posting(deal: Deal, line: int, account: Account, sign: int, amounts: Iterable[int | None]) -> dict[str, Any]:
    signed = dict(zip(AMOUNTS, (None if minor is None else sign * minor for minor in amounts), strict=True))
    if not (account in RATED or isinstance(account, Mark)):
        signed |= {"base_total_minor": None, "base_technology_minor": None}
    return {
        "line": line, "contract_class": deal.contract_class, "status": account if isinstance(account, Status) else None,
        "mark": account if isinstance(account, Mark) else None, "currency": deal.currency, "count": sign, **signed,
    }  # fmt: skip


def _opposite(one: Past) -> Draft:
    """The reversal of a voucher: the same facts and accounts, every amount the other way."""
    if one.voucher["reverses_id"] is not None:
        raise ValueError("a reversal is not reversed: book anew what it took back")
    move = "unmark" if one.of_mark else "reverse"
    voucher = {name: one.voucher[name] for name in FACTS} | {"move": move, "reverses_id": one.id, "corrects_id": one.id, "reason": None}
    first, second = (_negated(posting, line) for posting, line in ((one.postings[1], 1), (one.postings[0], 2)))
    return Draft(voucher, (first, second))


def _negated(posting: dict[str, Any], line: int) -> dict[str, Any]:
    same = {name: posting[name] for name in ("contract_class", "status", "mark", "currency")}
    amounts = {name: None if posting[name] is None else -posting[name] for name in ("count", *AMOUNTS)}
    return same | amounts | {"line": line}


def _converted(rate: Conversion | None, minor: int | None, source: str, target: str) -> int | None:
    """Raises Invalid when it is more than can be booked."""
    if rate is None:
        return None
    try:
        return rate.into(minor, source, target)
    except AmountError as error:
        raise Invalid.field("total_amount", error.code, gettext(MESSAGES[error.code]) % error.params) from error
