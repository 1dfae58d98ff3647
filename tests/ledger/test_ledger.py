"""The ledger holds: vouchers balance, totals equal recomputation, earlier totals come back, faults are found."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update

from marketplace.contracts import checking, service
from marketplace.contracts.schemas import ContractIn
from marketplace.core import appendonly
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid
from marketplace.ledger import queries, rates, scopes
from marketplace.ledger.hiding import batch_is_safe
from marketplace.ledger.models import Posting, Status, View, Voucher
from tests.contracts.factories_contracts import facts, load_rates, make_contract, make_desk
from tests.factories import actor, make_staff

TODAY = date.today()


@pytest.fixture
def desk(app):
    return make_desk(app)


def holds(desk):
    return [difference.code for difference in checking.differences(desk.fair)]


def rates_of(day, usd="1.1797", cny="7.9861"):
    return f"date,EUR_USD,EUR_CNY,CNY_per_USD\n{day},{usd},{cny},6.769602\n"


def test_a_life_of_a_contract_balances_at_every_step(desk):
    contract = make_contract(desk, Status.SIGNED)
    with transaction():
        service.edit(contract.id, ContractIn().load(facts(total_amount="5.00", technology_amount=None)), by=actor(desk.clerk))
    make_contract(desk)
    make_contract(desk, Status.VOID)
    void = make_contract(desk)
    with transaction():
        service.void(void.id, "never happened", by=actor(make_staff(desk.fair, "manager")))
    assert holds(desk) == []
    seqs = [voucher.seq for voucher, _ in queries.vouchers_after(desk.fair.id, 0, 100)]
    assert seqs == list(range(1, len(seqs) + 1))


def test_foreign_amounts_take_the_rate_of_the_day_or_the_last_one_before(desk):
    load_rates(rates_of(TODAY - timedelta(days=3)))
    make_contract(desk, currency="USD", total_amount="1000000.00", technology_amount=None)
    exact = Fraction(100000000) * Fraction("7.9861") / Fraction("1.1797")
    assert desk.headline().base_total_minor == round(exact)
    assert desk.total().headline.by_currency["USD"].total_minor == 100000000
    assert holds(desk) == []


def test_without_a_rate_signing_is_refused_with_what_to_load(desk):
    load_rates(rates_of(TODAY - timedelta(days=8)))
    with pytest.raises(rates.NoRate, match="USD"):
        make_contract(desk, currency="USD")
    assert desk.total().row(*_declared()).amounts.count == 1


def _declared():
    from marketplace.ledger.models import ContractClass

    return ContractClass.CONTRACT, Status.DECLARED


@pytest.mark.parametrize("usd", ["0", "-1", "1e31", "NaN", "abc", "Infinity"])
def test_a_rate_that_is_none_is_refused(app, usd):
    with pytest.raises(Invalid):
        load_rates(rates_of(TODAY, usd=usd))


def test_rates_of_days_to_come_and_changed_rates_are_refused(app):
    with pytest.raises(Invalid):
        load_rates(rates_of(TODAY + timedelta(days=2)))
    load_rates(rates_of(TODAY))
    assert load_rates(rates_of(TODAY)).added == 0
    with pytest.raises(Invalid):
        load_rates(rates_of(TODAY, usd="1.2"))


def test_any_earlier_total_comes_back(desk):
    seen = [(0, 0)]
    for amount in ("100.00", "200.00", "300.00"):
        make_contract(desk, total_amount=amount, technology_amount=None)
        seen.append((desk.total().as_of_seq, desk.headline().base_total_minor))
    scope = queries.scope(desk.fair.id, None)
    for seq, minor in seen:
        assert queries.total_as_of(desk.fair, scope, view=View.STAFF, seq=seq).headline.amounts.base_total_minor == minor
    with pytest.raises(Invalid):
        queries.total_as_of(desk.fair, scope, view=View.STAFF, seq=seen[-1][0] + 1)


def test_now_equals_as_of_now_in_both_views(desk):
    load_rates(rates_of(TODAY))
    for i in range(4):
        make_contract(desk, open=i % 2 == 0, currency="USD" if i == 1 else "CNY", kind="transfer" if i else "service")
    scope = queries.scope(desk.fair.id, None)
    for view in View:
        now, then = queries.total(desk.fair, scope, view=view), queries.total_as_of(desk.fair, scope, view=view, seq=desk.total(view).as_of_seq)
        assert now.rows == then.rows
        assert now.breakdowns == then.breakdowns


def test_breakdowns_sum_to_the_headline(desk):
    for kind, field in (("licence", "aerospace"), ("transfer", "aerospace"), ("service", "agriculture")):
        make_contract(desk, kind=kind, field=field)
    total = desk.total()
    for axis in ("kind", "field", "country", "month"):
        assert sum(a.base_total_minor for a in total.breakdowns[axis].values()) == total.headline.amounts.base_total_minor


def test_a_scope_counts_by_its_rule_and_a_new_one_is_computed_from_all_postings(desk):
    make_contract(desk, kind="licence", place="at_fair", total_amount="100.00", technology_amount=None)
    make_contract(desk, kind="joint_venture", place="after", total_amount="70.00", technology_amount=None)
    with transaction():
        expo = scopes.define(desk.fair, "expo", name_en="Expo", name_zh="展会", kinds=["licence", "joint_venture"], places=["at_fair"],
                             first=None, last=None, headline=True, by=None)  # fmt: skip
    assert queries.total(desk.fair, expo, view=View.STAFF).headline.amounts.base_total_minor == 10000
    make_contract(desk, kind="licence", total_amount="1.00", technology_amount=None)
    assert queries.total(desk.fair, expo, view=View.STAFF).headline.amounts.base_total_minor == 10100
    assert queries.scope(desk.fair.id, None).code == "expo"
    assert holds(desk) == []


def test_confidential_deals_enter_the_public_view_in_batches(desk):
    make_contract(desk, open=True, total_amount="1.00", technology_amount=None)
    for n, public in ((1, 100), (2, 100), (3, 100 + 3000)):
        make_contract(desk, open=False, total_amount="10.00", technology_amount=None)
        assert desk.headline(View.PUBLIC).base_total_minor == public, n
    assert desk.headline(View.STAFF).base_total_minor == 3100
    assert desk.total(View.PUBLIC).breakdowns["kind"]["confidential"].count == 3
    assert "confidential" not in desk.total(View.STAFF).breakdowns["kind"]


def test_a_void_confidential_deal_waits_for_a_batch_too(desk):
    found = [make_contract(desk, open=False, total_amount="10.00", technology_amount=None) for _ in range(3)]
    with transaction():
        service.void(found[0].id, "never happened", by=actor(make_staff(desk.fair, "manager")))
    assert desk.headline(View.PUBLIC).base_total_minor == 3000
    assert desk.headline(View.STAFF).base_total_minor == 2000


def _confidential(desk, amount="10.00", **facts):
    return make_contract(desk, open=False, total_amount=amount, **{"technology_amount": None} | facts)


def _define(desk, code, *, headline=False, kinds=("licence",), places=("at_fair", "before", "after")):
    with transaction():
        return scopes.define(desk.fair, code, name_en=code, name_zh=code, kinds=list(kinds), places=list(places),
                             first=None, last=None, headline=headline, by=None)  # fmt: skip


def _public(desk, scope):
    return queries.total(desk.fair, scope, view=View.PUBLIC).headline.amounts


def test_a_narrow_scope_never_moves_by_one_confidential_deal(desk):
    narrow = _define(desk, "licences")
    for kind in ("transfer", "transfer", "licence"):
        _confidential(desk, kind=kind)
    assert _public(desk, narrow).count == desk.headline(View.PUBLIC).count == 0
    _confidential(desk, kind="transfer")
    assert (_public(desk, narrow).count, desk.headline(View.PUBLIC).count) == (0, 3)
    for _ in range(2):
        _confidential(desk, kind="licence")
    assert (_public(desk, narrow).count, desk.headline(View.PUBLIC).count) == (3, 6)
    assert queries.waiting_for_batch(desk.fair.id) == 0
    for scope in queries.scopes(desk.fair.id):
        now, earlier = queries.total(desk.fair, scope, view=View.PUBLIC), queries.total_as_of(desk.fair, scope, view=View.PUBLIC, seq=queries.head(desk.fair.id, View.PUBLIC)[0])
        assert now.rows == earlier.rows


@pytest.mark.parametrize("hiding", [{"total_amount": None}, {"contract_class": "intent", "total_amount": None}, {"contract_class": "framework", "total_amount": None}])
def test_deals_without_an_amount_do_not_hide_the_one_that_has_one(desk, hiding):
    hiding = {"class" if name == "contract_class" else name: value for name, value in hiding.items()}
    for _ in range(3):
        make_contract(desk, open=False, technology_amount=None, **hiding)
    _confidential(desk)
    assert desk.headline(View.PUBLIC).total_minor == 0


def test_one_technology_amount_among_three_totals_waits(desk):
    _confidential(desk, technology_amount="4.00")
    for _ in range(2):
        _confidential(desk)
    assert desk.headline(View.PUBLIC).count == 0
    _confidential(desk)
    assert (desk.headline(View.PUBLIC).count, desk.headline(View.PUBLIC).technology_minor) == (3, 0)


def test_a_scope_that_would_tell_one_confidential_deal_apart_is_refused(desk):
    for kind in ("transfer", "transfer", "licence"):
        _confidential(desk, kind=kind)
    assert desk.headline(View.PUBLIC).count == 3
    with pytest.raises(Invalid) as refused:
        _define(desk, "licences")
    assert refused.value.errors[0].code == "scope_reveals"
    assert [scope.code for scope in queries.scopes(desk.fair.id)] == ["all"]


def test_a_newer_number_of_the_headline_is_the_headline(desk):
    make_contract(desk)
    newer = _define(desk, "all")
    assert queries.scope(desk.fair.id, None).id == newer.id
    assert _define(desk, "other").headline is False


@pytest.mark.parametrize(
    ("deals", "safe"),
    [
        ([], False),
        ([["a", "b"], ["c", "d"]], False),
        ([["a", "b"], ["c", "d"], ["e", "f"]], True),
        ([["a", "b"], ["a", "d"], ["e", "f"]], False),
        ([["a", "b"], ["a", "d"], ["e", "f"], ["g", "h"]], True),
        ([["a"], ["a"], ["a"], ["b"]], False),
    ],
)
def test_when_a_batch_reveals_nobody(deals, safe):
    assert batch_is_safe(deals) is safe


@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=3), max_size=8))
def test_whoever_subtracts_their_own_deals_is_left_with_two(deals):
    if batch_is_safe(deals):
        assert all(sum(party not in deal for deal in deals) >= 2 for party in "abcdef")


def _break(desk, statement):
    """As somebody does it who owns the database: the triggers are taken off first."""
    dialect = db.engine.dialect.name
    for table in ("vouchers", "postings", "public_entries"):
        for removal in appendonly.removals(table, dialect):
            db.session.execute(text(removal))
    db.session.execute(statement)
    db.session.commit()
    db.session.expire_all()


def test_verify_finds_a_changed_posting(desk):
    make_contract(desk)
    _break(desk, update(Posting).where(Posting.status == Status.VERIFIED).values(total_minor=Posting.total_minor + 1))
    assert holds(desk)[0] == "unbalanced"


def test_verify_finds_a_pair_of_postings_changed_together(desk):
    contract = make_contract(desk, Status.DECLARED)
    _break(desk, text("UPDATE postings SET total_minor = total_minor * 10 WHERE total_minor IS NOT NULL"))
    assert "changed" in holds(desk), contract.reference


def test_verify_finds_a_missing_voucher(desk):
    make_contract(desk, Status.DECLARED)
    for table in ("public_entries", "postings"):
        _break(desk, text(f"DELETE FROM {table}"))
    _break(desk, text("DELETE FROM vouchers"))
    assert {"head", "missing"} <= set(holds(desk))


def test_verify_finds_an_extra_booking(desk):
    contract = make_contract(desk, Status.DECLARED)
    _break(desk, text("UPDATE contracts SET status = 'void'"))
    assert "changed" in holds(desk), contract.reference


def test_verify_finds_a_wrong_rate(desk):
    load_rates(rates_of(TODAY))
    make_contract(desk, currency="USD")
    _break(desk, text("UPDATE postings SET base_total_minor = base_total_minor + 1 WHERE status = 'verified'"))
    assert "rate" in holds(desk)


def test_a_rate_of_the_day_that_is_published_later_changes_nothing(desk):
    load_rates(rates_of(TODAY - timedelta(days=1)))
    make_contract(desk, currency="USD")
    load_rates(rates_of(TODAY, usd="1.2000"))
    assert holds(desk) == []


def test_verify_finds_an_older_rate_than_the_one_that_was_known(desk):
    load_rates(rates_of(TODAY - timedelta(days=1)))
    load_rates(rates_of(TODAY, usd="1.2000"))
    make_contract(desk, currency="USD")
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    _break(desk, text(f"UPDATE vouchers SET rate_day = '{yesterday}'"))
    _break(desk, text("UPDATE postings SET base_total_minor = base_total_minor + 1 WHERE status = 'verified'"))
    assert "rate" in holds(desk)


def test_an_amount_too_large_for_the_currency_of_the_fair_is_refused_in_words(app):
    desk = make_desk(app, base_currency="IDR")
    load_rates(f"date,EUR_USD,EUR_IDR\n{TODAY},1.1,17500\n")
    with pytest.raises(Invalid) as refused:
        make_contract(desk, currency="EUR", total_amount="9999999999999.00", technology_amount=None)
    assert refused.value.errors[0].code == "amount_overflow"


def test_verify_finds_a_booking_in_the_wrong_fair(app, desk):
    contract = make_contract(desk, Status.DECLARED)
    other = make_desk(app)
    _break(desk, update(Voucher).where(Voucher.contract_id == contract.id).values(fair_id=other.fair.id))
    assert "missing" in holds(desk)
    assert "extra" in [difference.code for difference in checking.differences(other.fair)]


def test_verify_finds_a_wrong_balance(desk):
    make_contract(desk)
    _break(desk, text("UPDATE balances SET total_minor = total_minor + 1 WHERE view = 'staff'"))
    assert "balance" in holds(desk)


def test_balances_can_be_rebuilt_from_the_postings(desk):
    for i in range(4):
        make_contract(desk, open=i > 0)
    before = {view: (desk.total(view).rows, desk.total(view).breakdowns) for view in View}
    with transaction():
        scopes.rebuild_balances(desk.fair)
    assert {view: (desk.total(view).rows, desk.total(view).breakdowns) for view in View} == before
    assert holds(desk) == []
