"""The tables of docs/rules/counting.md and rates.md that are about bookings: each row is booked."""

import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from marketplace.core.db import transaction
from marketplace.ledger import queries, rates, service
from marketplace.ledger.models import Mark, Status, View
from marketplace.ledger.rules import Conversion
from tests.contracts.factories_contracts import load_rates, make_desk
from tests.ledger.factories_ledger import amend, book_verified, make_deal, void
from tests.ledger.test_rules import RULES, table

RATES = (RULES / "rates.md").read_text(encoding="utf8")
MOVES = {"declare": (None, Status.DECLARED), "sign": (Status.DECLARED, Status.SIGNED), "verify": (Status.SIGNED, Status.VERIFIED)}


@pytest.fixture
def fair(app):
    return make_desk(app).fair


def total(fair, view=View.STAFF):
    return queries.total(fair, queries.scope(fair.id, None), view=view)


def move(fair, deal, name, start=None):
    before, after = MOVES.get(name, (start, Status.VOID))
    with transaction():
        service.book(fair, deal, move=name, start=before, end=after, by=None)


def bring(fair, status):
    """A deal with that status."""
    deal = make_deal(open=True)
    for name, (_, end) in MOVES.items():
        move(fair, deal, name)
        if end is status:
            return deal
    raise AssertionError(status)


@pytest.mark.parametrize(("what", "vouchers", "effect"), table("move"))
def test_what_each_move_books(fair, what, vouchers, effect):
    if what in MOVES:
        deal = make_deal(open=True) if what == "declare" else bring(fair, MOVES[what][0])
        act = lambda: move(fair, deal, what)  # noqa: E731
    else:
        verb, _, status = re.fullmatch(r"(edit|amend|void) (a )?(declared|signed|verified|it again)( one)?", what).group(1, 2, 3)
        deal = bring(fair, Status.VERIFIED if status == "it again" else Status(status))
        deal = amend(fair, deal, total_minor=3) if status == "it again" else deal
        act = {"edit": lambda: _edit(fair, deal), "amend": lambda: amend(fair, deal, total_minor=4), "void": lambda: move(fair, deal, "void", Status(status))}[verb]
    before, count = queries.head(fair.id)[0], total(fair).headline.amounts.count
    act()
    booked = []
    for voucher, lines in queries.vouchers_after(fair.id, before, 20):
        accounts = " → ".join(line.status.value if line.status else "outside" for line in lines)
        booked.append(("reverse " if voucher.reverses_id else "") + accounts)
    assert "; ".join(booked) == vouchers
    assert total(fair).headline.amounts.count - count == int(effect.replace("−", "-"))


def _edit(fair, deal):
    with transaction():
        service.redeclare(fair, deal, by=None)


def test_what_marks_show_after_each_thing_that_happens(fair):
    deal = make_deal(open=True, total_minor=1000, technology_minor=600)
    seen = []
    for what, *_ in (rows := table("what happens to one verified contract of 1000, technology 600")):
        if what == "verified":
            book_verified(fair, deal)
        elif what == "amended to 2000":
            deal = amend(fair, deal, total_minor=2000)
        elif what == "void":
            void(fair, deal)
        else:
            mark = Mark.REGISTERED if "registered" in what else Mark.IN_FORCE
            with transaction():
                service.mark(fair, deal, mark, on="taken back" not in what, by=None, technology_minor=500 if mark is Mark.REGISTERED else None)
        found = total(fair)
        in_force, registered = found.marks[Mark.IN_FORCE], found.marks[Mark.REGISTERED]
        amounts = (found.headline.amounts.total_minor, in_force.total_minor, registered.total_minor, registered.technology_minor)
        seen.append([what, *map(str, amounts)])
    assert len(seen) == 6
    assert seen == rows


def test_the_numbers_of_both_views(fair):
    open_deal, seen = make_deal(open=True), []
    for what, *_ in (rows := table("what is booked, one after the other")):
        if what.endswith("declared, signed, verified"):
            book_verified(fair, open_deal if what.startswith("open") else make_deal())
        elif what == "open: amended":
            open_deal = amend(fair, open_deal, total_minor=3)
        elif what == "open: voided":
            void(fair, open_deal)
        else:
            with transaction():
                (service.hold if what == "open: held" else service.release)(fair, open_deal.contract_id, by=None)
        numbers = (queries.head(fair.id)[0], queries.head(fair.id, View.PUBLIC)[0], total(fair, View.PUBLIC).headline.amounts.count)
        seen.append([what, *map(str, numbers)])
    assert len(seen) == 8
    assert seen == rows


@pytest.mark.parametrize(("source", "target", "minor", "converted"), table("leg of the contract's currency", RATES))
def test_the_quotient_of_two_legs(source, target, minor, converted):
    (one, rate_from), (two, rate_to) = source.split(), target.split()
    found = Conversion(rate_from=rate_from, rate_to=rate_to, day=date(2020, 9, 17), source="ECB").into(int(minor), one, two)
    assert found == int(converted)


@pytest.mark.parametrize(("signed_on", "loaded", "day"), table("signed on", RATES))
def test_the_day_of_the_rate(app, signed_on, loaded, day):
    for number in loaded.split(", "):
        load_rates(f"date,EUR_USD,EUR_CNY\n2020-09-{number},1.1{number},7.9\n")
    if day == "refused":
        with pytest.raises(rates.NoRate):
            rates.conversion("USD", "CNY", date.fromisoformat(signed_on))
    else:
        found = rates.conversion("USD", "CNY", date.fromisoformat(signed_on))
        assert (found.day.isoformat(), found.rate_from) == (day, f"1.1{day[-2:]}")


def test_what_a_later_rate_changes(fair):
    load_rates("date,EUR_USD,EUR_CNY\n2020-09-17,1,8\n")
    deal, seen = make_deal(open=True, currency="USD", total_minor=10000, signed_on=date(2020, 9, 18), contract_id=uuid4()), []
    status = Status.SIGNED
    for what, _ in (rows := table("what happens after signing in US dollars with CNY 8 for USD 1", RATES)):
        if what == "signed":
            move(fair, deal, "declare")
            move(fair, deal, "sign")
        elif what.startswith("a rate of CNY 7"):
            load_rates("date,EUR_USD,EUR_CNY\n2020-09-18,1,7\n")
        elif what == "verified":
            move(fair, deal, "verify")
            status = Status.VERIFIED
        elif what == "void":
            void(fair, deal)
        else:
            deal = amend(fair, deal, **({"total_minor": 20000} if "USD 200" in what else {"signed_on": date(2020, 9, 19)}))
        row = total(fair).row(deal.contract_class, status)
        seen.append([what, str(Decimal(row.amounts.base_total_minor) / 100)])
    assert len(seen) == 6
    assert seen == rows


def test_the_tables_are_there():
    assert len(table("move")) == 9
    assert len(table("leg of the contract's currency", RATES)) == 6
    assert len(table("signed on", RATES)) == 12
