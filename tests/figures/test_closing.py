"""A day is closed once, in order, by two people on the same report; what comes after its cut is the next day's."""

import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import text

from marketplace.contracts import amending
from marketplace.contracts import service as contracts
from marketplace.contracts.schemas import ContractIn
from marketplace.core import clock
from marketplace.core.clock import today
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.figures import checking, closing, days, queries
from marketplace.figures.models import Close, Proposal
from marketplace.ledger import queries as ledger
from marketplace.ledger import scopes
from marketplace.ledger.models import Status, View
from tests.factories import actor, make_fair, make_person, make_staff
from tests.figures.factories_figures import (
    carry_everything,
    close_day,
    confidential,
    declare,
    facts,
    figure_desk,
    hash_now,
    make_contract,
    make_pair,
    moving_clock,
)


@pytest.fixture
def desk(app):
    return figure_desk(app)


@pytest.fixture
def pair(desk):
    return make_pair(desk)


@pytest.fixture
def tomorrow():
    """When it is called, all clocks run a day ahead."""
    with moving_clock() as turn:
        yield lambda: turn(1)


def report_of(close):
    return orjson.loads(close.report)


def sign(desk, person, day=None, digest=None):
    day = day or days.next_day(desk.fair)
    with transaction():
        return closing.sign_off(desk.fair, day, digest or hash_now(desk, day), by=actor(person))


def day_faults():
    return [fault for before, close in queries.closes_in_order() for fault in checking.day_faults(close, before)]


def test_two_people_lock_the_day_and_its_figure_is_published(desk, pair):
    make_contract(desk)
    close = close_day(desk, pair)
    report = report_of(close)
    assert close.seq == ledger.head(desk.fair.id, View.STAFF)[0]
    assert (close.first_by, close.second_by) == (pair.first.id, pair.second.id)
    assert report["closing"] == {"contracts": 1, "total_minor": 100_000_000}
    figure = queries.get(close.figure_id)
    assert orjson.loads(figure.statement)["facts"]["total"] == "1000000.00"
    assert queries.proposal(desk.fair.id) is None
    assert day_faults() == []


def test_a_day_with_nothing_is_closed_too(desk, pair):
    report = report_of(close_day(desk, pair))
    assert report["closing"] == {"contracts": 0, "total_minor": 0}
    assert (report["from_seq"], report["seq"], report["new"], report["carried_over"]) == (0, 0, [], [])


def test_what_is_open_is_settled_or_carried_over_with_a_reason_each(desk, pair):
    declared, signed = declare(desk), make_contract(desk, Status.SIGNED)
    day = days.next_day(desk.fair)
    assert {(item.kind, item.label) for item in days.open_items(desk.fair, day)} == {("declared", declared.reference), ("signed", signed.reference)}
    with pytest.raises(closing.StillOpen):
        sign(desk, pair.first)
    with transaction():
        closing.carry_over(desk.fair, day, {f"declared:{declared.id}": "the page is signed tomorrow"}, by=actor(pair.first))
    with pytest.raises(closing.StillOpen):
        sign(desk, pair.first)
    with transaction():
        contracts.verify(signed.id, signed.content_hash, by=actor(desk.verifier))
    assert isinstance(sign(desk, pair.first), Proposal)
    [item] = orjson.loads(queries.proposal(desk.fair.id).report)["carried_over"]
    assert (item["label"], item["reason"]) == (declared.reference, "the page is signed tomorrow")


def test_a_reason_is_for_what_is_open_only_and_can_be_taken_back(desk, pair):
    declared, day = declare(desk), days.next_day(desk.fair)
    key = f"declared:{declared.id}"
    with pytest.raises(Invalid), transaction():
        closing.carry_over(desk.fair, day, {f"signed:{declared.id}": "why"}, by=actor(pair.first))
    with transaction():
        assert closing.carry_over(desk.fair, day, {key: "why not"}, by=actor(pair.first)) == 1
    with transaction():
        assert closing.carry_over(desk.fair, day, {key: None}, by=actor(pair.first)) == 0
    carry_everything(desk, day, pair.first)
    sign(desk, pair.first)
    with pytest.raises(IllegalMove), transaction():
        closing.carry_over(desk.fair, day, {key: "another"}, by=actor(pair.first))


def test_one_person_never_signs_twice_under_any_account(desk, pair):
    sign(desk, pair.first)
    day, digest = days.next_day(desk.fair), queries.proposal(desk.fair.id).sha256
    with pytest.raises(FourEyes):
        sign(desk, pair.first, day, digest)
    other_account = make_person(email=pair.first.email.replace("@", "+second@"))
    make_staff(desk.fair, "verifier", person=other_account)
    with pytest.raises(FourEyes):
        sign(desk, other_account, day, digest)
    assert isinstance(sign(desk, pair.second, day, digest), Close)


def test_the_database_itself_refuses_one_person_for_both(desk, pair):
    close = close_day(desk, pair)
    row = {c.name: getattr(close, c.name) for c in Close.__table__.columns}
    row |= {"id": make_person().id, "day": close.day + timedelta(days=9), "second_by": close.first_by}
    with pytest.raises(Exception, match="two_people"), db.session.begin_nested():
        db.session.execute(Close.__table__.insert().values(**row))


def test_both_sign_the_same_report(desk, pair):
    day = days.next_day(desk.fair)
    seen = hash_now(desk, day)
    make_contract(desk)
    with pytest.raises(Stale):
        sign(desk, pair.first, day, seen)
    sign(desk, pair.first)
    with pytest.raises(Stale):
        sign(desk, pair.second, day, seen)


def test_what_is_booked_between_the_signatures_belongs_to_the_next_day(desk, pair):
    make_contract(desk)
    first = sign(desk, pair.first)
    late = make_contract(desk)
    close = sign(desk, pair.second, first.day, first.sha256)
    assert (close.seq, report_of(close)["closing"]["contracts"]) == (first.seq, 1)
    assert late.reference not in close.report
    assert orjson.loads(queries.get(close.figure_id).statement)["facts"]["contracts"] == 1


def test_the_first_signature_can_be_taken_back_before_the_second(desk, pair):
    sign(desk, pair.first)
    day = days.next_day(desk.fair)
    with pytest.raises(Forbidden), transaction():
        closing.undo(desk.fair, day, by=actor(pair.second))
    with transaction():
        closing.undo(desk.fair, day, by=actor(pair.first))
    assert queries.proposal(desk.fair.id) is None
    with pytest.raises(NotFound), transaction():
        closing.undo(desk.fair, day, by=actor(pair.first))
    close_day(desk, pair)
    with pytest.raises(IllegalMove), transaction():
        closing.undo(desk.fair, day, by=actor(pair.first))


def test_a_locked_day_is_not_signed_again_and_never_changed(desk, pair):
    close = close_day(desk, pair)
    with pytest.raises(Duplicate):
        sign(desk, pair.first, close.day, close.sha256)
    for statement in ("UPDATE closes SET seq = 0", "DELETE FROM closes"):
        with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
            db.session.execute(text(statement))


def test_days_are_closed_in_order_and_not_before_they_begin(app):
    desk = figure_desk(app, opens_on=today("Asia/Shanghai") - timedelta(days=2))
    pair, first = make_pair(desk), today("Asia/Shanghai") - timedelta(days=2)
    with pytest.raises(closing.OutOfOrder):
        closing.preview(desk.fair, first + timedelta(days=1))
    for number in range(3):
        assert days.next_day(desk.fair) == first + timedelta(days=number)
        close_day(desk, pair)
    with pytest.raises(closing.OutOfOrder, match="has not begun"):
        closing.preview(desk.fair, first + timedelta(days=3))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("before_midnight", "belongs"), [(timedelta(microseconds=1), True), (timedelta(0), False)])
def test_the_day_ends_at_midnight_where_the_fair_is(app, monkeypatch, zone, before_midnight, belongs):
    desk, day = figure_desk(app, time_zone=zone), today(zone)
    midnight = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
    real, moment = clock.now, (midnight - before_midnight).astimezone(UTC)
    for name, module in list(sys.modules.items()):
        if name.startswith("marketplace.ledger") and getattr(module, "now", None) is real:
            monkeypatch.setattr(module, "now", lambda: moment)
    declare(desk, signed_on=None)
    assert days.cut_of(desk.fair, day) == (1 if belongs else 0)
    assert days.cut_of(desk.fair, day - timedelta(days=1)) == 0


def test_what_came_after_the_day_is_not_open_at_its_end(app):
    yesterday = today("Asia/Shanghai") - timedelta(days=1)
    desk = figure_desk(app, opens_on=yesterday)
    declare(desk)
    assert days.open_items(desk.fair, yesterday) == []
    assert len(days.open_items(desk.fair, yesterday + timedelta(days=1))) == 1


def test_a_void_after_the_lock_is_an_adjustment_of_the_next_day_with_its_reason(desk, pair, tomorrow):
    gone, kept = make_contract(desk), make_contract(desk, total_amount="2000000.00")
    first = close_day(desk, pair)
    tomorrow()
    with transaction():
        contracts.void(gone.id, "the buyer withdrew", by=actor(make_staff(desk.fair, "manager")))
    added = make_contract(desk, total_amount="5000000.00", signed_on=today("Asia/Shanghai").isoformat())
    assert days.adjusted_since(desk.fair, first) == 1
    second = report_of(close_day(desk, pair))
    assert second["opening"] == report_of(first)["closing"]
    assert second["adjusted"] == {"contracts": -1, "total_minor": -100_000_000}
    assert second["added"] == {"contracts": 1, "total_minor": 500_000_000}
    assert second["closing"] == {"contracts": 2, "total_minor": 700_000_000}
    [adjustment] = second["adjustments"]
    assert (adjustment["reference"], [v["reason"] for v in adjustment["vouchers"]]) == (gone.reference, ["the buyer withdrew"])
    assert [line["reference"] for line in second["new"]] == [added.reference]
    assert kept.reference not in str(second["adjustments"])
    assert day_faults() == []


def test_an_amendment_after_the_lock_is_an_adjustment_with_its_reason(desk, pair, tomorrow):
    contract = make_contract(desk, number="A-1")
    first = close_day(desk, pair)
    tomorrow()
    second_verifier = make_staff(desk.fair, "verifier")
    changed = facts(number="A-1", total_amount="1250000.00", signed_on=contract.signed_on.isoformat())
    with transaction():
        amendment = amending.propose(contract.id, ContractIn().load(changed), reason="the parties agreed on more", by=actor(desk.clerk))
    with transaction():
        amending.approve(contract.id, amendment.id, seen_hash=amendment.content_hash, by=actor(second_verifier))
    report = report_of(close_day(desk, pair))
    assert report["adjusted"] == {"contracts": 0, "total_minor": 25_000_000}
    assert report["opening"] == report_of(first)["closing"]
    [adjustment] = report["adjustments"]
    assert {voucher["reason"] for voucher in adjustment["vouchers"]} == {"the parties agreed on more"}
    assert report["new"] == []
    assert day_faults() == []


def test_an_edit_after_the_lock_is_listed_as_edited(desk, pair, tomorrow):
    contract = declare(desk, signed_on=None)
    close_day(desk, pair)
    tomorrow()
    with transaction():
        contracts.edit(contract.id, ContractIn().load(facts(total_amount="1500000.00", signed_on=None)), by=actor(desk.clerk))
    [adjustment] = report_of(close_day(desk, pair))["adjustments"]
    assert {voucher["reason"] for voucher in adjustment["vouchers"]} == {"edited"}
    assert (adjustment["contracts"], adjustment["total_minor"]) == (0, 0)


def test_a_rule_that_changes_between_two_days_has_a_line_of_its_own(desk, pair, tomorrow):
    make_contract(desk)
    make_contract(desk, place="before")
    close_day(desk, pair)
    with transaction():
        scopes.define(desk.fair, "all", name_en="All", name_zh="全部", kinds=["licence"], places=["at_fair"], first=None, last=None,
                      headline=True, by=None)  # fmt: skip
    tomorrow()
    report = report_of(close_day(desk, pair))
    assert report["rule_change"] == {"contracts": -1, "total_minor": -100_000_000}
    assert report["closing"]["contracts"] == 1
    assert day_faults() == []


def test_confidential_deals_count_in_the_report_and_wait_in_the_figure(desk, pair):
    confidential(desk, 2)
    close = close_day(desk, pair)
    assert report_of(close)["closing"]["contracts"] == 2
    assert orjson.loads(queries.get(close.figure_id).statement)["facts"]["contracts"] == 0


def test_a_day_that_is_over_is_work_until_it_is_closed(app):
    desk = figure_desk(app, opens_on=today("Asia/Shanghai") - timedelta(days=1))
    pair = make_pair(desk)
    assert days.days_to_close(actor(pair.first)) == 1
    assert days.days_to_close(actor(make_staff(make_fair(opens_on=today("Asia/Shanghai")), "manager"))) == 0
    close_day(desk, pair)
    assert days.days_to_close(actor(pair.first)) == 0


def test_only_the_staff_of_the_fair_closes_its_days(desk, pair):
    day = days.next_day(desk.fair)
    for person in (make_staff(make_fair(), "manager"), make_staff(desk.fair, "moderator")):
        with pytest.raises(Forbidden):
            sign(desk, person)
        with pytest.raises(Forbidden), transaction():
            closing.carry_over(desk.fair, day, {}, by=actor(person))


def test_a_tampered_report_is_found(desk, pair):
    make_contract(desk)
    close = close_day(desk, pair)
    db.session.refresh(close)
    db.session.expunge(close)
    close.report = close.report.replace('"contracts":1', '"contracts":2')
    assert {fault.code for fault in checking.day_faults(close, None)} == {"hash", "differs"}
