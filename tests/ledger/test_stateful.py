"""A fair's ledger under random work, beside a model that keeps plain contracts and reckons every total from them."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from types import SimpleNamespace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from marketplace.contracts import checking
from marketplace.contracts.models import Contract
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.money import exponent
from marketplace.ledger import publishing, queries, rates, scopes, service
from marketplace.ledger.models import ContractClass, Mark, Status, View
from marketplace.ledger.rules import Deal
from tests.contracts.factories_contracts import make_desk
from tests.factories import numbers
from tests.ledger.test_hiding import ALL, EXPO, SCOPES, told
from tests.ledger.test_hiding import deal as hidden

TODAY = date.today()
CURRENCIES = ("CNY", "JPY", "KWD", "USD")
BASE = "CNY"
ORGANIZATIONS = "abcdefghijklmnop"
amounts = st.one_of(st.none(), st.integers(1, 10**6), st.just(10**15 - 7))
facts = st.fixed_dictionaries({
    "kind": st.sampled_from(["licence", "licence", "licence", "transfer"]), "place": st.sampled_from(["at_fair", "at_fair", "after", "reannounced"]),
    "signed_on": st.integers(0, 5).map(lambda days: TODAY - timedelta(days=days)), "currency": st.sampled_from(CURRENCIES),
    "open": st.sampled_from([True, False, False]), "parties": st.sets(st.sampled_from(ORGANIZATIONS), min_size=2, max_size=2).map(sorted).map(tuple),
    "total_minor": amounts, "technology_minor": st.one_of(st.none(), st.integers(1, 10**6)), "field": st.sampled_from(["aerospace", "agriculture"]),
})  # fmt: skip
some = st.integers(0, 99)


class Ledger(RuleBasedStateMachine):
    """What happens at the desks of one fair; after each step the books are compared with the model."""

    def __init__(self, app):
        super().__init__()
        self.app = app
        self.deals, self.rates, self.known = {}, {}, set()
        self.seen, self.hashes, self.public = [], [], [{}]

    @initialize()
    def open_the_fair(self):
        self.desk = make_desk(self.app, base_currency=BASE)
        self.fair = self.desk.fair
        with transaction():
            db.session.execute(text("DELETE FROM rates"))
            scopes.define(self.fair, "expo", name_en="Expo", name_zh="展会", kinds=["licence"], places=["at_fair"], first=None, last=None, headline=False, by=None)
        self.load(4, 117, 79, 13)
        self.rules = {scope.code: scope for scope in queries.scopes(self.fair.id)}

    # what people do

    @rule(days=st.integers(0, 3), usd=st.integers(90, 130), cny=st.integers(700, 900), jpy=st.integers(100, 170))
    def load(self, days, usd, cny, jpy):
        """A day's legs, once; a later file of the same day with other figures is refused and changes nothing."""
        day = TODAY - timedelta(days=days if self.rates else 4)
        legs = {"USD": Fraction(usd, 100), "CNY": Fraction(cny, 100), "JPY": Fraction(jpy), "KWD": Fraction(1, 3).limit_denominator(1) or Fraction(35, 100)}
        if day in self.rates:
            return
        line = f"date,EUR_USD,EUR_CNY,EUR_JPY,EUR_KWD\n{day},{usd / 100:.2f},{cny / 100:.2f},{jpy},0.35\n"
        with transaction():
            rates.load(line.splitlines(keepends=True), source="ECB")
        self.rates[day] = legs | {"EUR": Fraction(1), "KWD": Fraction(35, 100)}

    @rule(facts=facts, contract_class=st.sampled_from(["contract"] * 8 + ["intent", "framework"]))
    def declare(self, facts, contract_class):
        deal = Deal(contract_id=uuid4(), contract_class=ContractClass(contract_class), country="DE", **self.valued(facts, contract_class))
        with transaction():
            service.book(self.fair, deal, move="declare", start=None, end=Status.DECLARED, by=None)
            self.deals[deal.contract_id] = SimpleNamespace(deal=deal, status=Status.DECLARED, rate=None, marks={}, held=False, shown=False)
            self.write(deal.contract_id, new=True)

    @precondition(lambda self: self.at(Status.DECLARED, Status.SIGNED))
    @rule(which=some, facts=facts)
    def edit(self, which, facts):
        one = self.pick(which, Status.DECLARED, Status.SIGNED)
        one.deal = replace(one.deal, **self.valued(facts, one.deal.contract_class))
        one.status, one.rate = Status.DECLARED, None
        with transaction():
            service.redeclare(self.fair, one.deal, by=None)
            self.write(one.deal.contract_id)

    @precondition(lambda self: self.at(Status.DECLARED))
    @rule(which=some)
    def sign(self, which):
        one = self.pick(which, Status.DECLARED)
        rate = self.rate_of(one.deal)
        disclosed = one.deal.total_minor is not None or one.deal.technology_minor is not None
        if self.attempt(one, "sign", Status.SIGNED, allowed=rate is not None or not disclosed):
            one.rate = rate if disclosed else None

    @precondition(lambda self: self.at(Status.SIGNED))
    @rule(which=some)
    def verify(self, which):
        self.attempt(self.pick(which, Status.SIGNED), "verify", Status.VERIFIED)

    @rule(facts=facts)
    def bring_through(self, facts):
        """Declared, signed and verified in a row: most deals get there."""
        self.declare(facts, "contract")
        one = list(self.deals.values())[-1]
        rate = self.rate_of(one.deal)
        disclosed = one.deal.total_minor is not None or one.deal.technology_minor is not None
        if self.attempt(one, "sign", Status.SIGNED, allowed=rate is not None or not disclosed):
            one.rate = rate if disclosed else None
            self.attempt(one, "verify", Status.VERIFIED)

    @precondition(lambda self: self.at(Status.DECLARED, Status.SIGNED, Status.VERIFIED))
    @rule(which=some)
    def void(self, which):
        one = self.pick(which, Status.VERIFIED, Status.SIGNED, Status.DECLARED)
        if self.attempt(one, "void", Status.VOID):
            one.marks = {}

    @precondition(lambda self: self.at(Status.VERIFIED))
    @rule(which=some, facts=facts)
    def amend(self, which, facts):
        one = self.pick(which, Status.VERIFIED)
        new = replace(one.deal, **self.valued(facts, one.deal.contract_class))
        same = (new.currency, new.signed_on) == (one.deal.currency, one.deal.signed_on)
        disclosed = new.total_minor is not None or new.technology_minor is not None
        rate = (one.rate if same else None) or (self.rate_of(new) if disclosed else None)
        told_before = new.open and not one.deal.open and any(one.deal.contract_id in moment for moment in self.public)
        try:
            with transaction():
                service.amend(self.fair, one.deal, new, by=None, reason="other terms")
                one.deal, one.rate, before = new, rate, (one.deal, one.rate)
                self.write(new.contract_id)
        except publishing.OpenAfterBatch:
            assert told_before
        except DomainError:
            assert disclosed and rate is None
        else:
            assert not told_before and (rate is not None or not disclosed), before

    @precondition(lambda self: self.at(Status.VERIFIED))
    @rule(which=some, mark=st.sampled_from(Mark), technology=st.one_of(st.none(), st.integers(1, 10**6)))
    def mark(self, which, mark, technology):
        one = self.pick(which, Status.VERIFIED)
        on = mark not in one.marks
        own = technology if mark is Mark.REGISTERED and one.rate is not None else None
        with transaction():
            service.mark(self.fair, one.deal, mark, on=on, by=None, technology_minor=own if on else None)
        if on:
            one.marks[mark] = own
        else:
            del one.marks[mark]

    @precondition(lambda self: self.deals)
    @rule(which=some)
    def hold_or_release(self, which):
        one = list(self.deals.values())[which % len(self.deals)]
        counted = not one.deal.open and any(one.deal.contract_id in moment for moment in self.public)
        try:
            with transaction():
                (service.release if one.held else service.hold)(self.fair, one.deal.contract_id, by=None)
        except publishing.HeldBatch:
            assert counted
        else:
            assert one.held or not counted
            one.held = not one.held

    @rule(kinds=st.sampled_from([["licence"], ["licence", "transfer"]]))
    def change_the_scope(self, kinds):
        """A next number of the Expo's rule; refused when the public could tell a deal through it."""
        code = None
        try:
            with transaction():
                new = scopes.define(self.fair, "expo", name_en="Expo", name_zh="展会", kinds=kinds, places=["at_fair"], first=None, last=None, headline=False, by=None)
        except Invalid as refused:
            code = refused.errors[0].code
        else:
            self.rules["expo"] = new
        assert code in {None, "scope_reveals"}

    # the model

    def valued(self, facts, contract_class):
        if contract_class != "contract":
            return facts | {"total_minor": None, "technology_minor": None}
        total, technology = facts["total_minor"], facts["technology_minor"]
        return facts | {"technology_minor": technology if None in {total, technology} else min(total, technology)}

    def at(self, *statuses):
        return [one for one in self.deals.values() if one.status in statuses]

    def pick(self, which, *statuses):
        found = self.at(*statuses)
        return found[which % len(found)]

    def attempt(self, one, move, end, *, allowed=True):
        try:
            with transaction():
                service.book(self.fair, one.deal, move=move, start=one.status, end=end, by=None)
                one.status, before = end, one.status
                self.write(one.deal.contract_id)
        except rates.NoRate:
            assert not allowed
            return False
        assert allowed, before
        return True

    def write(self, contract_id, *, new=False):
        """The contract as its own domain keeps it."""
        one = self.deals[contract_id]
        names = ("kind", "field", "place", "total_minor", "technology_minor", "currency", "signed_on", "open", "contract_class")
        values = {name: getattr(one.deal, name) for name in names} | {"status": one.status}
        if new:
            moment = now()
            db.session.add(Contract(id=contract_id, reference=f"S-{next(numbers)}", fair_id=self.fair.id, content_hash="", created_at=moment, changed_at=moment, **values))
        else:
            contract = db.session.get_one(Contract, contract_id)
            for name, value in values.items():
                setattr(contract, name, value)

    def rate_of(self, deal):
        if deal.currency == BASE:
            return Fraction(1)
        days = [day for day in self.rates if timedelta(0) <= deal.signed_on - day <= timedelta(days=7)]
        return self.rates[max(days)][BASE] / self.rates[max(days)][deal.currency] if days else None

    def based(self, one, minor):
        if minor is None or one.rate is None:
            return 0
        return round(minor * one.rate * Fraction(10 ** exponent(BASE), 10 ** exponent(one.deal.currency)))

    def taken(self, one, code):
        return one.deal.place != "reannounced" and (code == "all" or (one.deal.kind in self.rules[code].rule["kinds"] and one.deal.place == "at_fair"))

    # what must hold

    @invariant()
    def check(self):
        for code, scope in self.rules.items():
            self.check_scope(code, scope)
        self.check_public()
        assert list(checking.differences(self.fair)) == []
        hashes = [voucher.hash for voucher, _ in queries.vouchers_after(self.fair.id, 0, 10_000)]
        assert hashes[: len(self.hashes)] == self.hashes
        self.hashes = hashes
        for view, scope_id, seq, rows, breakdowns in self.seen[-6:]:
            then = queries.total_as_of(self.fair, db.session.get_one(scopes.Scope, scope_id), view=view, seq=seq)
            assert (then.rows, then.breakdowns) == (rows, breakdowns)

    def check_scope(self, code, scope):
        total = queries.total(self.fair, scope, view=View.STAFF)
        mine = [one for one in self.deals.values() if self.taken(one, code)]
        for contract_class in ContractClass:
            for status in Status:
                there = [one for one in mine if (one.deal.contract_class, one.status) == (contract_class, status)]
                row = total.row(contract_class, status)
                assert row.amounts.count == len(there)
                if status in {Status.SIGNED, Status.VERIFIED}:
                    assert row.amounts.base_total_minor == sum(self.based(one, one.deal.total_minor) for one in there)
                    assert row.amounts.base_technology_minor == sum(self.based(one, one.deal.technology_minor) for one in there)
                for currency in CURRENCIES:
                    own = [one.deal.total_minor or 0 for one in there if one.deal.currency == currency]
                    assert (row.by_currency[currency].total_minor if currency in row.by_currency else 0) == sum(own)
        for mark in Mark:
            bearing = [one for one in mine if mark in one.marks and one.deal.contract_class is ContractClass.CONTRACT]
            registered = [one.marks[mark] if one.marks[mark] is not None else one.deal.technology_minor for one in bearing]
            assert total.marks[mark].count == len(bearing)
            assert total.marks[mark].base_technology_minor == sum(self.based(one, minor) for one, minor in zip(bearing, registered, strict=True))
        counted = queries.counted(self.fair, scope, view=View.STAFF)
        assert {one.contract_id for one in counted} == {
            one.deal.contract_id for one in mine if one.status is Status.VERIFIED and one.deal.contract_class is ContractClass.CONTRACT
        }  # fmt: skip
        for view in View:
            now_there, seq = queries.total(self.fair, scope, view=view), queries.head(self.fair.id, view)[0]
            then = queries.total_as_of(self.fair, scope, view=view, seq=seq)
            assert (now_there.rows, now_there.breakdowns, now_there.marks) == (then.rows, then.breakdowns, then.marks)
            self.seen.append((view, scope.id, seq, then.rows, then.breakdowns))

    def check_public(self):
        """Open deals at once, unless they are held; of the confidential ones no two moments tell one."""
        counted = queries.counted(self.fair, self.rules["all"], view=View.PUBLIC)
        shown = {one.contract_id for one in counted if one.open}
        assert shown == {
            one.deal.contract_id for one in self.at(Status.VERIFIED)
            if one.deal.open and not one.held and one.deal.contract_class is ContractClass.CONTRACT and self.taken(one, "all")
        }  # fmt: skip
        assert sum(one.base_total_minor or 0 for one in counted) == queries.total(self.fair, self.rules["all"], view=View.PUBLIC).headline.amounts.base_total_minor
        self.known |= {one.deal.contract_id for one in self.deals.values() if one.deal.open}
        expo = {one.contract_id for one in queries.counted(self.fair, self.rules["expo"], view=View.PUBLIC)}
        moment = {
            one.contract_id: hidden(
                self.deals[one.contract_id].deal.parties, scopes=frozenset({ALL, EXPO} if one.contract_id in expo else {ALL}),
                total=None if one.total_minor is None else one.base_total_minor, technology=None if one.technology_minor is None else one.base_technology_minor,
                known=one.contract_id in self.known,
            )
            for one in counted if not one.open
        }  # fmt: skip
        if moment != self.public[-1]:
            self.public.append(moment)

    def teardown(self):
        if not hasattr(self, "fair"):
            return
        totals = "SELECT currency, SUM(count), SUM(total_minor), SUM(technology_minor) FROM postings GROUP BY voucher_id, currency"
        assert all(not any(int(value or 0) for value in tuple(row)[1:]) for row in db.session.execute(text(totals)))
        if all(len(moment) < 2 or not self.known & moment.keys() for moment in self.public):
            assert SCOPES
            assert not [pair for pair in combinations(self.public, 2) if told(*pair)]


def test_the_ledger_agrees_with_plain_contracts_whatever_is_booked(app, request):
    long = request.config.getoption("--long")
    chosen = settings(
        deadline=None, max_examples=150 if long else 4, stateful_step_count=50 if long else 22, suppress_health_check=list(HealthCheck),
        phases=list(Phase) if long else [Phase.generate],  # the short form ends in bounded time, when it fails too
    )  # fmt: skip
    run_state_machine_as_test(lambda: Ledger(app), settings=chosen)


def test_the_model_notices_a_wrong_balance(app):
    machine = Ledger(app)
    machine.open_the_fair()
    machine.bring_through({
        "kind": "licence", "place": "at_fair", "signed_on": TODAY, "currency": "CNY", "open": True, "parties": ("a", "b"), "total_minor": 5,
        "technology_minor": None, "field": "aerospace",
    })  # fmt: skip
    machine.check()
    with transaction():
        db.session.execute(text("UPDATE balances SET base_total_minor = base_total_minor + 1 WHERE status = 'verified'"))
    with pytest.raises(AssertionError):
        machine.check()
