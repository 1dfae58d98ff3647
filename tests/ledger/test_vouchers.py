"""Vouchers: they name what they correct, stay as they are, and carry marks beside the status."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import IntegrityError

from marketplace.contracts import checking
from marketplace.core.appendonly import AppendOnlyRefused
from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.ledger import queries, service, writing
from marketplace.ledger.models import Balance, LedgerHead, Mark, Posting, PublicEntry, Status, View, Voucher
from tests.contracts.factories_contracts import load_rates, make_desk
from tests.ledger.factories_ledger import amend, book_verified, make_deal, void

TODAY = date.today()


@pytest.fixture
def fair(app):
    return make_desk(app).fair


def books(fair):
    """[(move, from, to, seq that it reverses, seq that it corrects)]."""
    rows = queries.vouchers_after(fair.id, 0, 200)
    seqs = {voucher.id: voucher.seq for voucher, _ in rows}
    return [
        (v.move, *((p.status or p.mark or "outside") for p in postings), seqs.get(v.reverses_id), seqs.get(v.corrects_id)) for v, postings in rows
    ]


def headline(fair, view=View.STAFF):
    return queries.total(fair, queries.scope(fair.id, None), view=view).headline.amounts


def marks(fair, view=View.STAFF):
    found = queries.total(fair, queries.scope(fair.id, None), view=view).marks
    return {mark.value: (a.count, a.base_total_minor, a.base_technology_minor) for mark, a in found.items() if a.count}


def note(fair, deal, mark, *, on=True, technology_minor=None):
    with transaction():
        return service.mark(fair, deal, mark, on=on, by=None, technology_minor=technology_minor)


def faults(fair):
    """What `ledger verify` finds, apart from that these deals have no contracts beside them."""
    return [found for found in checking.differences(fair) if found.code not in {"extra"} and not (found.code == "balance" and "expected {}" in found.detail)]


def test_an_edit_of_a_signed_deal_takes_back_exactly_what_brought_it_there(fair):
    deal = make_deal()
    for move, start, end in (("declare", None, Status.DECLARED), ("sign", Status.DECLARED, Status.SIGNED)):
        with transaction():
            service.book(fair, deal, move=move, start=start, end=end, by=None)
    with transaction():
        service.redeclare(fair, replace(deal, total_minor=5), by=None)
    assert books(fair)[2:] == [
        ("reverse", "signed", "declared", 2, 2), ("reverse", "declared", "outside", 1, 1), ("declare", "outside", "declared", None, 2),
    ]  # fmt: skip
    assert faults(fair) == []


def test_an_amendment_reverses_what_stands_and_verifies_the_new_facts(fair):
    deal = book_verified(fair, make_deal(open=True))
    amend(fair, deal, total_minor=77, kind="transfer")
    assert books(fair)[3:] == [
        ("reverse", "verified", "signed", 3, 3), ("reverse", "signed", "declared", 2, 2), ("reverse", "declared", "outside", 1, 1),
        ("amend", "outside", "verified", None, 3),
    ]  # fmt: skip
    assert (headline(fair).count, headline(fair).base_total_minor, headline(fair, View.PUBLIC).base_total_minor) == (1, 77, 77)
    assert queries.head(fair.id, View.PUBLIC)[0] == 4  # one change for the public, with no moment in between
    deal = amend(fair, replace(deal, total_minor=77, kind="transfer"), total_minor=78)
    assert books(fair)[7:] == [("reverse", "verified", "outside", 7, 7), ("amend", "outside", "verified", None, 7)]
    assert void(fair, deal).corrects_id == queries.vouchers_after(fair.id, 8, 1)[0][0].id
    assert faults(fair) == []


@pytest.mark.parametrize("status", [Status.DECLARED, Status.SIGNED, Status.VOID])
def test_only_a_verified_deal_is_amended_or_marked(fair, status):
    deal = make_deal()
    moves = [("declare", None, Status.DECLARED), ("sign", Status.DECLARED, Status.SIGNED)][: 1 if status is Status.DECLARED else 2]
    for move, start, end in moves + ([("void", Status.SIGNED, Status.VOID)] if status is Status.VOID else []):
        with transaction():
            service.book(fair, deal, move=move, start=start, end=end, by=None)
    with pytest.raises(IllegalMove):
        amend(fair, deal, total_minor=1)
    with pytest.raises(IllegalMove):
        note(fair, deal, Mark.IN_FORCE)


def write_at_once(fair, draft):
    head = writing.lock_head(fair.id)
    writing.write(fair, head, [draft], by=None, held=False, scopes=[])
    head.store()


def test_a_reversal_is_not_reversed_and_nothing_is_reversed_twice(fair):
    deal = book_verified(fair, make_deal())
    amend(fair, deal, total_minor=5)
    past = service.history(fair.id, deal.contract_id).past
    with pytest.raises(ValueError, match="reversal"):
        service._opposite(past[3])
    reversed_again = service._opposite(past[2])
    with pytest.raises(IntegrityError, match="(?i)unique"), transaction():
        write_at_once(fair, reversed_again)


def test_a_booking_from_a_status_where_the_deal_is_not_is_a_fault(fair):
    deal = book_verified(fair, make_deal())
    with pytest.raises(ValueError, match="does not stand"), transaction():
        service.book(fair, deal, move="verify", start=Status.SIGNED, end=Status.VERIFIED, by=None)


def test_marks_stand_beside_the_headline_and_fall_with_the_deal(fair):
    deal = book_verified(fair, make_deal(open=True, total_minor=1000, technology_minor=600))
    before = headline(fair)
    note(fair, deal, Mark.IN_FORCE)
    note(fair, deal, Mark.REGISTERED, technology_minor=500)
    assert marks(fair) == marks(fair, View.PUBLIC) == {"in_force": (1, 1000, 600), "registered": (1, 1000, 500)}
    assert headline(fair) == before
    with pytest.raises(IllegalMove):
        note(fair, deal, Mark.IN_FORCE)
    note(fair, deal, Mark.IN_FORCE, on=False)
    with pytest.raises(IllegalMove):
        note(fair, deal, Mark.IN_FORCE, on=False)
    note(fair, deal, Mark.IN_FORCE)
    deal = amend(fair, deal, total_minor=2000)
    assert marks(fair) == {"in_force": (1, 2000, 600), "registered": (1, 2000, 500)}
    assert faults(fair) == []
    void(fair, deal)
    assert marks(fair) == marks(fair, View.PUBLIC) == {}
    assert faults(fair) == []


def test_the_marks_of_confidential_deals_are_for_staff(fair):
    deals = [book_verified(fair, make_deal()) for _ in range(3)]
    for deal in deals:
        note(fair, deal, Mark.PERFORMED)
    assert marks(fair)["performed"][0] == 3
    assert marks(fair, View.PUBLIC) == {}


def test_an_amendment_keeps_the_frozen_rate_unless_day_or_currency_change(fair):
    yesterday = TODAY - timedelta(days=1)
    load_rates(f"date,EUR_USD,EUR_CNY\n{yesterday},1.10,8.80\n")
    deal = book_verified(fair, make_deal(open=True, currency="USD", total_minor=100))
    load_rates(f"date,EUR_USD,EUR_CNY\n{TODAY},1.10,7.70\n")
    deal = amend(fair, deal, total_minor=200)
    assert headline(fair).base_total_minor == 1600
    deal = amend(fair, deal, signed_on=yesterday)
    assert headline(fair).base_total_minor == 1600
    deal = amend(fair, deal, signed_on=TODAY)
    assert headline(fair).base_total_minor == 1400
    amend(fair, deal, currency="EUR", total_minor=100)
    assert headline(fair).base_total_minor == 770
    assert faults(fair) == []


@pytest.mark.parametrize("model", [Voucher, Posting, PublicEntry])
def test_nothing_in_the_ledger_is_changed_or_deleted(fair, model):
    book_verified(fair, make_deal(open=True))
    column = {Voucher: "reason", Posting: "count", PublicEntry: "sign"}[model]
    for statement in (update(model).values({column: None if column == "reason" else 1}), delete(model)):
        with pytest.raises(AppendOnlyRefused), db.session.begin_nested():
            db.session.execute(statement)


def test_a_clock_that_jumps_back_does_not_turn_the_ledger_round(fair, monkeypatch):
    book_verified(fair, make_deal(open=True))
    last = queries.head(fair.id)[1]
    monkeypatch.setattr(writing, "now", lambda: last - timedelta(hours=1))
    book_verified(fair, make_deal(open=True))
    moments = [voucher.booked_at for voucher, _ in queries.vouchers_after(fair.id, 0, 10)]
    assert moments == sorted(moments)
    assert queries.head(fair.id)[1] == last
    scope = queries.scope(fair.id, None)
    assert queries.total_as_of(fair, scope, view=View.STAFF, moment=last).headline.amounts.count == 2
    assert faults(fair) == []


def test_a_deal_signed_long_ago_is_recorded_now(fair):
    """As of a moment means recorded by then; the day of signing is another matter."""
    before = datetime.now(UTC)
    book_verified(fair, make_deal(open=True, signed_on=date(2020, 1, 5)))
    scope = queries.scope(fair.id, None)
    assert queries.total_as_of(fair, scope, view=View.STAFF, moment=before).headline.amounts.count == 0
    assert queries.total(fair, scope, view=View.STAFF).breakdowns["month"].keys() == {"2020-01"}


def _set_balances(minor):
    with transaction():
        db.session.execute(update(Balance).where(Balance.status == Status.VERIFIED).values(base_total_minor=minor))


def test_sums_up_to_a_quintillion_are_exact_and_beyond_64_bits_refused_in_words(fair):
    for _ in range(3):
        book_verified(fair, make_deal(open=True, total_minor=10**15))
    _set_balances(10**18 - 1)
    book_verified(fair, make_deal(open=True, total_minor=10**15))
    assert headline(fair).base_total_minor == 10**18 - 1 + 10**15
    _set_balances(9 * 10**18 - 5)
    with pytest.raises(Invalid) as refused:
        book_verified(fair, make_deal(open=True, total_minor=10**15))
    assert refused.value.errors[0].code == "sum_overflow"
    _set_balances(2**63 - 1)
    with pytest.raises(Invalid):
        book_verified(fair, make_deal(open=True, total_minor=10**15))
    assert queries.head(fair.id)[0] == 16


def _undo(fair, statement):
    from marketplace.core import appendonly

    for table in ("vouchers", "postings", "public_entries"):
        for removal in appendonly.removals(table, db.engine.dialect.name):
            db.session.execute(text(removal))
    db.session.execute(text(statement))
    db.session.expire_all()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE vouchers SET reason = 'another' WHERE seq = 2", "hash"),
        ("UPDATE vouchers SET field = 'agriculture'", "hash"),
        ("UPDATE ledger_heads SET hash = 'x'", "hash"),
        ("UPDATE public_entries SET sign = -1 WHERE public_seq = 1", "public"),
        ("DELETE FROM public_entries WHERE public_seq = 2", "public_gap"),
        ("UPDATE ledger_heads SET public_seq = public_seq + 1", "public_head"),
        ("UPDATE balances SET base_total_minor = base_total_minor + 1 WHERE view = 'public' AND axis = 'field'", "balance"),
        ("UPDATE balances SET count = count + 1 WHERE view = 'public' AND axis = 'mark'", "balance"),
        ("DELETE FROM waiting_vouchers", "public"),
        ("UPDATE vouchers SET parties = '[\"a\"]' WHERE NOT open", "batch"),
        ("UPDATE vouchers SET corrects_id = id WHERE move = 'verify'", "corrects"),
        ("UPDATE postings SET base_total_minor = base_total_minor - 1 WHERE mark IS NULL AND status = 'verified' AND count = -1", "reversal"),
        ("UPDATE postings SET count = 0 WHERE mark = 'in_force'", "mark"),
    ],
)
def test_verify_finds_what_was_changed_behind_its_back(fair, statement, code):
    deal = book_verified(fair, make_deal(open=True))
    note(fair, deal, Mark.IN_FORCE)
    for _ in range(4):
        book_verified(fair, make_deal())
    amend(fair, deal, total_minor=7)
    assert faults(fair) == []
    _undo(fair, statement)
    assert code in {found.code for found in faults(fair)}


def test_the_head_of_a_fair_without_bookings_is_zero(fair):
    assert queries.head(fair.id, View.PUBLIC) == (0, None)
    assert db.session.get(LedgerHead, fair.id) is not None
