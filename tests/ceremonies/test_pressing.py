"""The presses: which leads where, undo by the server's clock, who was quicker, and what counts in public meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.ceremonies import pressing, service
from marketplace.ceremonies.models import ENDS, MOVES, STARTS, CeremonyState, ItemState, Press, RunItem
from marketplace.ceremonies.pressing import AlreadyPressed, NotRunning, OneAtATime, TooLateToUndo
from marketplace.contracts import service as contracts
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.ledger.models import Status, View
from tests.ceremonies.factories_ceremonies import make_ceremony, make_item, make_manager, press, put_on
from tests.contracts.factories_contracts import make_contract, make_desk, verify
from tests.factories import actor, make_fair, make_staff


@pytest.fixture
def desk(app):
    return make_desk(app)


@pytest.fixture
def clerk(desk):
    return actor(desk.clerk)


@pytest.fixture
def ceremony(desk):
    return make_ceremony(desk)


def public(desk):
    """(count, minor units) of the public headline."""
    head = desk.headline(View.PUBLIC)
    return head.count, head.base_total_minor


def state_of(item):
    db.session.expire_all()
    return db.session.get_one(RunItem, item.id).state


def bring_to(desk, ceremony, item, state, by):
    for what in {"ready": [], "called": ["call"], "signed": ["call", "sign"], "postponed": ["postpone"]}[state]:
        press(ceremony, item, what, by)


@pytest.mark.parametrize("what", Press)
@pytest.mark.parametrize("start", ItemState)
def test_every_press_from_every_state(desk, ceremony, clerk, start, what):
    item = make_item(desk, ceremony)
    bring_to(desk, ceremony, item, start, clerk)
    other = actor(make_staff(desk.fair, "clerk"))
    if start in STARTS[what]:
        assert ENDS[what] in MOVES[start]
        press(ceremony, item, what, other)
        assert state_of(item) is ENDS[what]
    else:
        with pytest.raises((IllegalMove, AlreadyPressed)):
            press(ceremony, item, what, other)
        assert state_of(item) is start


def test_what_stands_on_the_list_counts_in_public_from_its_press_on(desk, ceremony, clerk):
    contract = make_contract(desk, total_amount="5.00", technology_amount=None)
    assert public(desk) == (1, 500)
    item = put_on(desk, ceremony, contract)
    assert public(desk) == (0, 0)
    assert desk.headline().count == 1, "the staff's view knows no embargo"
    press(ceremony, item, "call", clerk)
    assert public(desk) == (0, 0)
    press(ceremony, item, "sign", clerk)
    assert public(desk) == (1, 500)
    press(ceremony, item, "undo", clerk)
    assert public(desk) == (0, 0)
    press(ceremony, item, "postpone", clerk)
    assert public(desk) == (0, 0)
    press(ceremony, item, "restore", clerk)
    assert public(desk) == (0, 0)


def test_a_contract_signed_on_stage_before_it_is_verified_counts_when_it_is(desk, ceremony, clerk):
    contract = make_contract(desk, Status.SIGNED, total_amount="7.00", technology_amount=None)
    item = put_on(desk, ceremony, contract)
    press(ceremony, item, "call", clerk)
    press(ceremony, item, "sign", clerk)
    assert public(desk) == (0, 0)
    verify(desk, contract)
    assert public(desk) == (1, 700)


def test_a_contract_that_is_verified_under_embargo_stays_out(desk, ceremony, clerk):
    contract = make_contract(desk, Status.SIGNED)
    item = put_on(desk, ceremony, contract)
    verify(desk, contract)
    assert public(desk) == (0, 0)
    press(ceremony, item, "call", clerk)
    press(ceremony, item, "sign", clerk)
    assert public(desk)[0] == 1


def test_confidential_deals_go_to_their_batch_and_are_not_taken_out_of_it(desk, ceremony, clerk):
    items = [make_item(desk, ceremony, open=False, total_amount=f"{n}.00", technology_amount=None) for n in (1, 2, 4)]
    for number, item in enumerate(items):
        press(ceremony, item, "call", clerk)
        press(ceremony, item, "sign", clerk)
        assert public(desk) == ((0, 0) if number < 2 else (3, 700))
    with pytest.raises(Exception, match="batch") as refused:
        press(ceremony, items[2], "undo", clerk)
    assert refused.value.slug == "held_batch"
    assert state_of(items[2]) is ItemState.SIGNED
    assert public(desk) == (3, 700)


def test_a_confidential_deal_that_waits_for_its_batch_is_held_again_by_undo(desk, ceremony, clerk):
    items = [make_item(desk, ceremony, open=False, total_amount=f"{n}.00", technology_amount=None) for n in (1, 2, 4)]
    press(ceremony, items[0], "call", clerk)
    press(ceremony, items[0], "sign", clerk)
    press(ceremony, items[0], "undo", clerk)
    press(ceremony, items[0], "postpone", clerk)
    for item in items[1:]:
        press(ceremony, item, "call", clerk)
        press(ceremony, item, "sign", clerk)
    assert public(desk) == (0, 0)


@pytest.mark.parametrize(("seconds", "undone"), [(0, True), (59, True), (61, False)])
def test_the_servers_clock_decides_how_long_a_press_can_be_taken_back(desk, ceremony, clerk, monkeypatch, seconds, undone):
    item = make_item(desk, ceremony)
    press(ceremony, item, "call", clerk)
    press(ceremony, item, "sign", clerk)
    later = db.session.get_one(RunItem, item.id).pressed_at + timedelta(seconds=seconds)
    monkeypatch.setattr(pressing, "now", lambda: later)
    if undone:
        press(ceremony, item, "undo", clerk)
        assert public(desk)[0] == 0
        return
    with pytest.raises(TooLateToUndo, match="amended or made void"):
        press(ceremony, item, "undo", clerk)
    assert public(desk)[0] == 1


def test_pressing_twice_changes_nothing(desk, ceremony, clerk):
    item = make_item(desk, ceremony)
    for what in ("call", "call", "sign", "sign"):
        press(ceremony, item, what, clerk)
    pressed = db.session.scalars(select(AuditRow.action).where(AuditRow.subject == f"run-item:{item.id}").order_by(AuditRow.at)).all()
    assert pressed == ["ceremonies.call", "ceremonies.sign"]
    assert public(desk)[0] == 1


def test_who_comes_second_is_told_who_was_first(desk, ceremony, clerk):
    item, second = make_item(desk, ceremony), actor(make_manager(desk))
    press(ceremony, item, "call", clerk)
    press(ceremony, item, "sign", clerk)
    with pytest.raises(AlreadyPressed, match=desk.clerk.name):
        press(ceremony, item, "sign", second)


def test_who_pressed_is_kept(desk, ceremony, clerk):
    item = make_item(desk, ceremony)
    press(ceremony, item, "call", clerk)
    row = db.session.scalars(select(AuditRow).where(AuditRow.subject == f"run-item:{item.id}")).one()
    assert (row.action, row.person_id, row.fair_id) == ("ceremonies.call", desk.clerk.id, desk.fair.id)
    assert row.facts == {"contract": str(item.contract_id), "start": "ready", "end": "called"}


def test_one_item_is_called_at_a_time(desk, ceremony, clerk):
    first, second = make_item(desk, ceremony), make_item(desk, ceremony)
    press(ceremony, first, "call", clerk)
    with pytest.raises(OneAtATime):
        press(ceremony, second, "call", clerk)


@pytest.mark.parametrize("what", ["call", "sign"])
def test_a_void_contract_is_not_signed_on_stage(desk, ceremony, clerk, what):
    contract = make_contract(desk, Status.SIGNED)
    item = put_on(desk, ceremony, contract)
    if what == "sign":
        press(ceremony, item, "call", clerk)
    with transaction():
        contracts.void(contract.id, "the other side withdrew", by=clerk)
    with pytest.raises(IllegalMove, match="void"):
        press(ceremony, item, what, clerk)
    press(ceremony, item, "postpone", clerk)


def test_nothing_is_called_before_the_ceremony_runs_nor_after_it(desk, clerk):
    ceremony = make_ceremony(desk, running=False)
    item = make_item(desk, ceremony)
    with pytest.raises(NotRunning):
        press(ceremony, item, "call", clerk)
    for state in (CeremonyState.RUNNING, CeremonyState.OVER):
        with transaction():
            service.move(ceremony.id, state, by=clerk)
    with pytest.raises(NotRunning):
        press(ceremony, item, "call", clerk)
    press(ceremony, item, "postpone", clerk)
    assert public(desk)[0] == 0


def test_a_contract_stands_on_one_list_only(desk, ceremony):
    contract = make_contract(desk)
    put_on(desk, ceremony, contract)
    with pytest.raises(Duplicate):
        put_on(desk, make_ceremony(desk), contract)


def test_a_foreign_or_void_contract_is_not_put_on_a_list(app, desk, ceremony):
    other = make_desk(app)
    with pytest.raises(NotFound):
        put_on(desk, ceremony, make_contract(other))
    with pytest.raises(IllegalMove):
        put_on(desk, ceremony, make_contract(desk, Status.VOID))


def test_taking_an_item_off_needs_a_confirmation_and_ends_the_embargo(desk, ceremony, clerk):
    items = [make_item(desk, ceremony) for _ in range(3)]
    with pytest.raises(Invalid), transaction():
        service.remove(service.locked(ceremony.id, by=clerk), items[0], release=False, by=clerk)
    assert public(desk)[0] == 0
    with transaction():
        locked = service.locked(ceremony.id, by=clerk)
        service.remove(locked, service.item_of(locked, items[0].id), release=True, by=clerk)
    assert public(desk)[0] == 1
    db.session.expire_all()
    assert [(item.id, item.position) for item in service.items_of(ceremony)] == [(items[1].id, 1), (items[2].id, 2)]


def test_a_signed_item_stays_on_the_list(desk, ceremony, clerk):
    item = make_item(desk, ceremony)
    press(ceremony, item, "call", clerk)
    press(ceremony, item, "sign", clerk)
    with pytest.raises(IllegalMove), transaction():
        service.remove(service.locked(ceremony.id, by=clerk), service.item_of(ceremony, item.id), release=True, by=clerk)


@pytest.mark.parametrize(("start", "place", "order"), [(1, 3, "bca"), (3, 1, "cab"), (2, 2, "abc"), (1, 999, "bca")])
def test_items_are_put_in_order(desk, ceremony, clerk, start, place, order):
    items = {name: make_item(desk, ceremony) for name in "abc"}
    with transaction():
        locked = service.locked(ceremony.id, by=clerk)
        service.put(locked, service.item_of(locked, list(items.values())[start - 1].id), position=place, by=clerk)
    db.session.expire_all()
    names = {item.id: name for name, item in items.items()}
    found = service.items_of(ceremony)
    assert "".join(names[item.id] for item in found) == order
    assert [item.position for item in found] == [1, 2, 3]


def test_only_who_runs_this_fairs_ceremonies_presses(desk, ceremony, clerk):
    item = make_item(desk, ceremony)
    with pytest.raises(Forbidden):
        press(ceremony, item, "call", actor(desk.verifier))
    with pytest.raises(NotFound):
        press(ceremony, item, "call", actor(make_staff(make_fair(), "clerk")))
    with pytest.raises(NotFound):
        press(make_ceremony(desk), item, "call", clerk)
