"""Whatever happens in whatever order: a figure's bytes never change, and the days with their adjustments sum to the total."""

from datetime import date

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.contracts import amending, service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.db import db, transaction
from marketplace.figures import checking, days, queries
from marketplace.figures.rules import difference
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Status, View
from tests.contracts.factories_contracts import attach, declare, facts, load_rates, verify
from tests.factories import actor, make_staff, numbers
from tests.figures.factories_figures import close_day, facts_of, figure_desk, freeze, make_pair, moving_clock

AMOUNTS = {"CNY": "1000000.01", "USD": "333.33", "JPY": "100001", "KWD": "77.777"}
RATES = "date,EUR_CNY,EUR_USD,EUR_JPY,EUR_KWD\n{day},7.8431,1.1797,129.99,0.35001\n"
STEPS = ("log", "sign", "verify", "void", "edit", "amend", "freeze", "close")


class Story:
    """One fair, and what happens there."""

    def __init__(self, app, turn):
        self.desk = figure_desk(app)
        self.pair = make_pair(self.desk)
        self.manager, self.second = make_staff(self.desk.fair, "manager"), make_staff(self.desk.fair, "verifier")
        self.turn, self.day = turn, 0
        self.contracts, self.figures, self.closes, self.with_page = [], {}, [], set()

    def pick(self, number, *statuses):
        """One of the contracts that stand so, or None."""
        found = [contract for contract in self.contracts if contract.status in statuses]
        return found[number % len(found)] if found else None

    def terms(self, number, currency, is_open):
        amount = AMOUNTS[currency] if number % 5 else None
        signed_on = date.today().isoformat()
        return facts(currency=currency, total_amount=amount, technology_amount=None, open=is_open, signed_on=signed_on, number=f"N-{next(numbers)}")

    def step(self, what, number, currency, is_open):
        desk = self.desk
        if what == "log":
            self.contracts.append(declare(desk, **self.terms(number, currency, is_open)))
        elif what == "sign" and (contract := self.pick(number, Status.DECLARED)):
            self.sign(contract)
        elif what == "verify" and (contract := self.pick(number, Status.SIGNED)):
            verify(desk, contract)
        elif what == "void" and (contract := self.pick(number, Status.DECLARED, Status.SIGNED, Status.VERIFIED)):
            with transaction():
                service.void(contract.id, f"reason {number}", by=actor(self.manager))
        elif what == "edit" and (contract := self.pick(number, Status.DECLARED, Status.SIGNED)):
            with transaction():
                service.edit(contract.id, ContractIn().load(self.terms(number, currency, is_open)), by=actor(desk.clerk))
        elif what == "amend" and (contract := self.pick(number, Status.VERIFIED)):
            self.amend(contract, self.terms(number, currency, contract.open))
        elif what == "freeze":
            figure = freeze(desk)
            self.figures[figure.code] = (figure.statement, figure.sha256)
        elif what == "close":
            self.closes.append(orjson.loads(close_day(desk, self.pair).report))
            self.day += 1
            self.turn(self.day)
        db.session.expire_all()

    def sign(self, contract):
        """An edited contract has its page already."""
        if contract.id not in self.with_page:
            attach(self.desk, contract)
            self.with_page.add(contract.id)
        with transaction():
            service.sign(contract.id, contract.content_hash, by=actor(self.desk.clerk))

    def amend(self, contract, terms):
        with transaction():
            amendment = amending.propose(contract.id, ContractIn().load(terms), reason="agreed anew", by=actor(self.desk.clerk))
        with transaction():
            amending.approve(contract.id, amendment.id, seen_hash=amendment.content_hash, by=actor(self.second))

    def check(self):
        for code, (statement, digest) in self.figures.items():
            figure = queries.by_code(code)
            assert (figure.statement, figure.sha256) == (statement, digest)
            assert list(checking.faults(figure)) == []
        moved = {"contracts": 0, "total_minor": 0}
        for report in self.closes:
            assert report["opening"] == moved
            moved = {name: moved[name] + sum(report[part][name] for part in ("rule_change", "added", "adjusted")) for name in moved}
            assert report["closing"] == moved
            assert report["rule_change"] == {"contracts": 0, "total_minor": 0}
            assert report["adjusted"]["total_minor"] == sum(each["total_minor"] for each in report["adjustments"])
            assert all(voucher["reason"] for each in report["adjustments"] for voucher in each["vouchers"])
        assert [fault for before, close in queries.closes_in_order() for fault in checking.day_faults(close, before)] == []

    def check_the_end(self):
        """After a last close nothing is missing: the days with their adjustments are the total."""
        self.step("close", 0, "CNY", True)
        head = ledger.total(self.desk.fair, ledger.scope(self.desk.fair.id, None), view=View.STAFF).headline.amounts
        summed = [sum(report[part][name] for report in self.closes for part in ("added", "adjusted")) for name in ("contracts", "total_minor")]
        assert summed == [head.count, head.base_total_minor]
        figures = [queries.by_code(code) for code in self.figures]
        for old, new in zip(figures, figures[1:], strict=False):
            found = difference(facts_of(old), facts_of(new))
            amounts = sum(line["base_total_minor"] or 0 for line in found.added) + sum(each.base_minor for each in found.amended)
            amounts -= sum(each.line["base_total_minor"] or 0 for each in found.gone)
            assert amounts + found.confidential_minor == found.total_minor
            assert len(found.added) - len(found.gone) + found.confidential_contracts == found.contracts


steps = st.tuples(st.sampled_from(STEPS), st.integers(0, 30), st.sampled_from(sorted(AMOUNTS)), st.booleans())
some_life = [("log", 1, "USD", True), ("sign", 0, "USD", True), ("verify", 0, "USD", True)]


@pytest.mark.timeout(600)
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(st.lists(steps, min_size=6, max_size=22))
def test_figures_stand_still_and_days_add_up(app, life):
    load_rates(RATES.format(day=date.today().isoformat()))
    with moving_clock() as turn:
        story = Story(app, turn)
        for each in [*some_life, *life]:
            story.step(*each)
        story.check()
        story.check_the_end()


def test_what_the_story_does_is_enough_to_break_a_law(app, monkeypatch):
    """The negative control: a close that forgets what was voided does not add up."""
    real = days.day_totals
    monkeypatch.setattr(days, "day_totals", lambda old, new: real(old, [*new, *[line for line in old if line not in new]]))
    load_rates(RATES.format(day=date.today().isoformat()))
    with moving_clock() as turn:
        story = Story(app, turn)
        for each in [*some_life, ("close", 0, "CNY", True), ("void", 0, "CNY", True), ("freeze", 0, "CNY", True)]:
            story.step(*each)
        with pytest.raises(AssertionError):
            story.check_the_end()
