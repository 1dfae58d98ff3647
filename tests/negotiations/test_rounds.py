"""Offering, countering, withdrawing, agreeing, and ending without a deal."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from config import Config
from marketplace import create_app
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.jobs import OutboxRow
from marketplace.negotiations import handover, interest, queries, rounds, rules, tasks
from marketplace.negotiations.models import Negotiation, Round, RoundStatus, Stage
from marketplace.negotiations.rules import Terms
from tests.conftest import DATABASES
from tests.negotiations.factories_negotiations import TERMS, asked, do, handed, make_world, thread_at


@pytest.fixture
def world(app):
    return make_world()


def statuses(thread):
    return [made.status.value for made in queries.rounds_of(thread.id)]


def run_out(thread):
    db.session.execute(update(Round).where(Round.negotiation_id == thread.id).values(valid_until=now() - timedelta(minutes=1)))
    db.session.commit()


def test_either_side_opens(world):
    thread = asked(world)
    do(interest.accept, thread.id, by=world.seller)
    made = do(rounds.offer, thread.id, TERMS, by=world.buyer)
    assert (made.number, made.organization_id, made.person_id) == (1, world.company.id, world.at_company.id)
    assert thread.move_of_id == world.agency.id


def test_the_other_side_counters_and_the_first_round_is_answered(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    do(rounds.offer, thread.id, replace(TERMS, amount_minor=550_000_000), by=world.buyer)
    assert statuses(thread) == ["countered", "open"]
    assert thread.move_of_id == world.agency.id
    do(rounds.offer, thread.id, replace(TERMS, amount_minor=620_000_000), by=world.seller)
    assert statuses(thread) == ["countered", "countered", "open"]
    assert [made.number for made in queries.rounds_of(thread.id)] == [1, 2, 3]


def test_one_does_not_counter_oneself(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(DomainError) as refused:
        do(rounds.offer, thread.id, TERMS, by=world.seller)
    assert refused.value.status == 409
    assert statuses(thread) == ["open"]


def test_an_own_open_round_is_withdrawn_and_replaced(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    do(rounds.withdraw, thread.id, 1, by=world.seller)
    assert thread.move_of_id == world.agency.id
    do(rounds.offer, thread.id, TERMS, by=world.seller)
    assert statuses(thread) == ["withdrawn", "open"]


def test_nobody_withdraws_the_others_round_or_one_that_is_answered(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(Forbidden):
        do(rounds.withdraw, thread.id, 1, by=world.buyer)
    with pytest.raises(NotFound):
        do(rounds.withdraw, thread.id, 2, by=world.seller)
    do(rounds.offer, thread.id, TERMS, by=world.buyer)
    with pytest.raises(IllegalMove):
        do(rounds.withdraw, thread.id, 1, by=world.seller)


def test_an_offer_that_crosses_anothers_is_refused(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(Stale):
        do(rounds.offer, thread.id, TERMS, after=0, by=world.buyer)
    do(rounds.offer, thread.id, TERMS, after=1, by=world.buyer)
    assert statuses(thread) == ["countered", "open"]


@pytest.mark.parametrize("stage", [Stage.INTEREST, Stage.DECLINED, Stage.WITHDRAWN, Stage.PAUSED, Stage.SIGNED, Stage.LOST])
def test_terms_are_offered_only_while_talking(world, stage):
    thread = thread_at(world, stage)
    before = statuses(thread)
    with pytest.raises(IllegalMove):
        do(rounds.offer, thread.id, TERMS, by=world.buyer)
    assert statuses(thread) == before


@pytest.mark.parametrize("stage", [Stage.TERMS_AGREED, Stage.APPROVAL, Stage.READY_TO_SIGN])
def test_agreed_terms_are_opened_again_only_by_saying_so(world, stage):
    thread = thread_at(world, stage)
    with pytest.raises(rounds.TermsAgreed) as refused:
        do(rounds.offer, thread.id, TERMS, by=world.buyer)
    assert [error.pointer for error in refused.value.errors] == ["/reopen"]
    assert (statuses(thread), thread.stage) == (["agreed"], stage)
    made = do(rounds.offer, thread.id, replace(TERMS, royalty_bp=300), reopen=True, by=world.buyer)
    assert (statuses(thread), thread.stage) == (["countered", "open"], Stage.COUNTERED)
    assert (thread.move_of_id, rules.approving(thread)) == (world.agency.id, [])
    told = db.session.scalars(select(OutboxRow.payload).where(OutboxRow.task == "negotiations.tell"))
    assert [sent["organization_id"] for sent in told if sent["step"] == "reopened"] == [str(world.agency.id)]
    with pytest.raises(IllegalMove):
        do(handover.hand_over, thread.id, by=world.seller)
    do(rounds.agree, thread.id, made.number, by=world.seller)
    do(handover.hand_over, thread.id, by=world.seller)
    assert queries.handover_of(thread.id).facts["royalty_bp"] == 300, "the terms that were agreed last"
    with pytest.raises(IllegalMove):
        do(rounds.offer, thread.id, TERMS, reopen=True, by=world.buyer)


def test_what_was_agreed_counts_no_more_when_the_new_round_is_withdrawn(world):
    thread = thread_at(world, Stage.TERMS_AGREED)
    do(rounds.offer, thread.id, TERMS, reopen=True, by=world.buyer)
    do(rounds.withdraw, thread.id, 2, by=world.buyer)
    assert (statuses(thread), thread.stage) == (["countered", "withdrawn"], Stage.COUNTERED)
    with pytest.raises(IllegalMove):
        do(handover.hand_over, thread.id, by=world.seller)


def test_a_round_that_is_over_already_is_not_made(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(Invalid):
        do(rounds.offer, thread.id, replace(TERMS, valid_until=now() - timedelta(seconds=1)), by=world.buyer)


def test_the_other_side_agrees(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    do(rounds.agree, thread.id, 1, by=world.buyer)
    assert thread.stage is Stage.TERMS_AGREED
    assert statuses(thread) == ["agreed"]
    assert thread.move_of_id is None


def test_one_does_not_agree_with_oneself(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(Forbidden):
        do(rounds.agree, thread.id, 1, by=world.seller)


def test_only_the_open_round_is_agreed(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    do(rounds.offer, thread.id, TERMS, by=world.buyer)
    with pytest.raises(IllegalMove):
        do(rounds.agree, thread.id, 1, by=world.buyer)
    with pytest.raises(NotFound):
        do(rounds.agree, thread.id, 3, by=world.seller)


@pytest.mark.parametrize("terms", [Terms(), replace(TERMS, kind=None), replace(TERMS, amount_minor=None), Terms(undisclosed=True, kind="service")])
def test_open_terms_are_not_agreed(world, terms):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=terms)
    with pytest.raises(Invalid) as refused:
        do(rounds.agree, thread.id, 1, by=world.buyer)
    assert refused.value.errors[0].code == "round_incomplete"
    assert statuses(thread) == ["open"]


def test_an_undisclosed_amount_can_be_agreed(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=Terms(undisclosed=True, currency="EUR", kind="service"))
    do(rounds.agree, thread.id, 1, by=world.buyer)
    assert thread.stage is Stage.TERMS_AGREED


def test_a_round_past_its_time_cannot_be_agreed(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=replace(TERMS, valid_until=now() + timedelta(hours=1)))
    run_out(thread)
    with pytest.raises(IllegalMove):
        do(rounds.agree, thread.id, 1, by=world.buyer)
    db.session.refresh(thread)
    assert thread.stage is Stage.TERMS_PROPOSED


def test_after_a_round_ran_out_either_side_offers(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=replace(TERMS, valid_until=now() + timedelta(hours=1)))
    run_out(thread)
    do(rounds.offer, thread.id, TERMS, by=world.seller)
    assert statuses(thread) == ["expired", "open"]


def test_the_clock_writes_down_what_ran_out(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED, terms=replace(TERMS, valid_until=now() + timedelta(hours=1)))
    assert thread.move_of_id == world.company.id
    run_out(thread)
    tasks.expire()
    db.session.refresh(thread)
    assert statuses(thread) == ["expired"]
    assert thread.move_of_id == world.agency.id
    version = thread.version
    tasks.expire()
    db.session.refresh(thread)
    assert thread.version == version


@pytest.mark.parametrize("stage", [Stage.TERMS_PROPOSED, Stage.TERMS_AGREED])
def test_either_side_ends_the_talks_with_a_reason(world, stage):
    thread = thread_at(world, stage)
    do(rounds.lose, thread.id, "funding", note="No budget", by=world.seller)
    assert (thread.stage, thread.lost_reason, thread.lost_note, thread.lost_by_id) == (Stage.LOST, "funding", "No budget", world.agency.id)
    assert thread.open_key is None
    assert "open" not in statuses(thread)
    assert thread.move_of_id is None


def test_talks_end_only_with_a_listed_reason(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    with pytest.raises(Invalid):
        do(rounds.lose, thread.id, "not_fit", by=world.seller)


@pytest.mark.parametrize("stage", [Stage.INTEREST, Stage.DECLINED, Stage.WITHDRAWN, Stage.LOST])
def test_what_did_not_begin_or_has_ended_is_not_lost(world, stage):
    thread = thread_at(world, stage)
    with pytest.raises(IllegalMove):
        do(rounds.lose, thread.id, "price", by=world.buyer)


def test_what_is_at_the_contract_desk_is_not_lost(world):
    thread = handed(world)
    with pytest.raises(DomainError):
        do(rounds.lose, thread.id, "price", by=world.buyer)
    db.session.refresh(thread)
    assert thread.stage is Stage.READY_TO_SIGN


def test_a_stranger_finds_no_round(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    steps = [(rounds.agree, (1,)), (rounds.withdraw, (1,)), (rounds.lose, ("price",)), (rounds.offer, (TERMS,))]
    for step, args in steps:
        with pytest.raises(NotFound):
            do(step, thread.id, *args, by=world.stranger)
    assert statuses(thread) == ["open"]


def own_database(name, request, tmp_path):
    """A database of its own, for transactions that really run side by side."""
    if name == "sqlite":
        return f"sqlite:///{tmp_path}/two.db"
    import psycopg

    port = request.getfixturevalue("postgresql_port")
    with psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE two_agree")
    return f"postgresql://postgres@127.0.0.1:{port}/two_agree"


@pytest.mark.parametrize("database_name", DATABASES)
def test_of_two_agreeing_at_once_exactly_one_does(database_name, request, tmp_path):
    app = create_app(Config(
        testing=True, secret_key="for-tests-only-0123456789abcdef-ABCDEF", database_url=own_database(database_name, request, tmp_path),
        index_dir=tmp_path / "index", upload_dir=tmp_path / "uploads", password_cost="low",
    ))  # fmt: skip
    with app.app_context():
        db.create_all()
        world = make_world()
        thread_id, buyer = thread_at(world, Stage.TERMS_PROPOSED).id, world.buyer
        db.session.remove()
    start, outcomes = threading.Barrier(4), []

    def agree():
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    rounds.agree(thread_id, 1, by=buyer)
                outcomes.append("agreed")
            except IllegalMove:
                outcomes.append("refused")
            finally:
                db.session.remove()

    workers = [threading.Thread(target=agree) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    with app.app_context():
        assert sorted(outcomes) == ["agreed", "refused", "refused", "refused"]
        assert db.session.scalars(select(Negotiation.stage)).all() == [Stage.TERMS_AGREED]
        assert db.session.scalars(select(Round.status)).all() == [RoundStatus.AGREED]
        db.session.remove()
        db.engine.dispose()
