"""Closing a day: what stays open is carried over with a reason, two people sign the same report, the day is locked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson
from sqlalchemy import delete

from marketplace.accounts.mailboxes import accounts_of
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.figures import days, freezing, queries
from marketplace.figures.models import CarriedOver, Close, Proposal
from marketplace.figures.rules import canonical, sha256
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Scope


class OutOfOrder(DomainError):
    slug, title = "day-out-of-order", _l("Not this day")
    text = _l("Days are closed one after the other.")


class StillOpen(DomainError):
    slug, title = "items-open", _l("Something is still open")
    text = _l("Settle what is open, or carry it over with a reason, before anybody signs.")


def carry_over(fair: Fair, day: date, reasons: Mapping[str, str | None], *, by: Actor) -> int:
    """Say why open items are left to the next day: {item: reason}; None takes a reason back. Returns how many have one now.

    Raises Forbidden, OutOfOrder, IllegalMove (the day is signed), Invalid (an item is not open).
    """
    by.require("figures.close", fair_id=fair.id)
    ledger.lock_head(fair.id)
    _check_next(fair, day)
    known = queries.carried(fair.id, day)
    reasons = {item: reason for item, reason in reasons.items() if (known[item].reason if item in known else None) != reason}
    if not reasons:
        return len(known)
    if queries.proposal(fair.id) is not None:
        raise IllegalMove(gettext("The day is signed off once; undo that before you change what is carried over."))
    still = {item.key for item in days.open_items(fair, day)}
    for number, (item, reason) in enumerate(reasons.items()):
        if reason is not None and item not in still:
            raise Invalid.field(f"items/{number}/reason", "not_open", gettext("This was settled in the meantime."))
    db.session.execute(
        delete(CarriedOver).where(CarriedOver.fair_id == fair.id, CarriedOver.day == day, CarriedOver.item.in_(list(reasons)))
    )
    moment = now()
    for item, reason in reasons.items():
        if reason is not None:
            db.session.add(CarriedOver(fair_id=fair.id, day=day, item=item, reason=reason, at=moment, by=by.person_id))
    db.session.flush()
    count = len(queries.carried(fair.id, day))
    audit.record("closes.carry", f"fair:{fair.id}", by=by, fair_id=fair.id, day=day.isoformat(), items=len(reasons), carried=count)
    return count


def preview(fair: Fair, day: date) -> dict[str, Any]:
    """The report of the next day as it would be signed now. Raises OutOfOrder."""
    _check_next(fair, day)
    scope = ledger_queries.scope(fair.id, None)
    return days.report(fair, scope, day, before=queries.last_close(fair.id), seq=days.cut_of(fair, day))


def sign_off(fair: Fair, day: date, seen_sha256: str, *, by: Actor) -> Close | Proposal:
    """Sign the report of a day by its hash. The first signature keeps the report; the second, of another person, locks the day.

    Raises Forbidden, OutOfOrder, StillOpen, Stale (the report is another one now), FourEyes, Duplicate (it is locked).
    """
    by.require("figures.close", fair_id=fair.id)
    ledger.lock_head(fair.id)  # nobody books, publishes or signs at this fair meanwhile
    if queries.close(fair.id, day) is not None:
        raise Duplicate(gettext("This day is locked already."))
    _check_next(fair, day)
    proposal = queries.proposal(fair.id)
    return _first(fair, day, seen_sha256, by=by) if proposal is None else _second(fair, proposal, seen_sha256, by=by)


def _first(fair: Fair, day: date, seen_sha256: str, *, by: Actor) -> Proposal:
    report = preview(fair, day)
    content = canonical(report)
    if sha256(content) != seen_sha256:
        raise Stale()
    if any(item["reason"] is None for item in report["carried_over"]):
        raise StillOpen()
    proposal = Proposal(
        fair_id=fair.id, day=day, seq=report["seq"], report=content.decode(), sha256=seen_sha256, signed_by=by.person_id, signed_at=now()
    )  # fmt: skip
    db.session.add(proposal)
    db.session.flush()
    audit.record("closes.sign", f"fair:{fair.id}", by=by, fair_id=fair.id, after=seen_sha256, day=day.isoformat(), seq=proposal.seq)
    return proposal


def _second(fair: Fair, proposal: Proposal, seen_sha256: str, *, by: Actor) -> Close:
    if proposal.sha256 != seen_sha256:
        raise Stale()
    if proposal.signed_by in accounts_of(by.person_id):
        raise FourEyes(gettext("You signed this day off already: somebody else has to be the second."))
    counted = orjson.loads(proposal.report)["scope"]
    scope: Scope = ledger_queries.scope(fair.id, counted["code"], counted["number"])
    figure, _ = freezing.keep(fair, scope, seq=queries.public_moment(fair, proposal.seq)[0], by=by)
    close = Close(
        fair_id=fair.id, day=proposal.day, seq=proposal.seq, report=proposal.report, sha256=proposal.sha256, first_by=proposal.signed_by,
        first_at=proposal.signed_at, second_by=by.person_id, second_at=now(), figure_id=figure.id,
    )  # fmt: skip
    db.session.add(close)
    db.session.delete(proposal)
    db.session.flush()
    audit.record(
        "closes.lock", f"close:{close.id}", by=by, fair_id=fair.id, after=close.sha256, day=close.day.isoformat(), seq=close.seq,
        figure=figure.code,
    )  # fmt: skip
    return close


def undo(fair: Fair, day: date, *, by: Actor) -> None:
    """Take the first sign-off back, by whoever gave it or a manager, while there is no second. Raises Forbidden, NotFound, IllegalMove."""
    by.require("figures.close", fair_id=fair.id)
    ledger.lock_head(fair.id)
    if queries.close(fair.id, day) is not None:
        raise IllegalMove(gettext("The day is locked. What is wrong in it is corrected on the next day."))
    proposal = queries.proposal(fair.id)
    if proposal is None or proposal.day != day:
        raise NotFound()
    if proposal.signed_by not in accounts_of(by.person_id) and not by.may("fairs.manage", fair_id=fair.id):
        raise Forbidden(gettext("Whoever signed it, or the manager of the fair, can take it back."))
    audit.record("closes.undo", f"fair:{fair.id}", by=by, fair_id=fair.id, before=proposal.sha256, day=day.isoformat())
    db.session.delete(proposal)
    db.session.flush()


def _check_next(fair: Fair, day: date) -> None:
    expected = days.next_day(fair)
    if day != expected:
        raise OutOfOrder(gettext("The next day to be closed is %(day)s.", day=expected.isoformat()))
    if not days.may_be_closed(fair, day):
        raise OutOfOrder(gettext("This day has not begun yet where the fair is."))
