"""The steps between the rounds: evaluation, approval, pause, a named day, secrecy, and the contract that is signed."""

from datetime import date, timedelta

import pytest

from marketplace.core.audit import AuditRow
from marketplace.core.clock import now, shifted, today
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, Invalid, NotFound
from marketplace.negotiations import due, handover, interest, queries, rounds, rules, staging, tasks
from marketplace.negotiations.models import Stage
from tests.factories import form_token, sign_in
from tests.negotiations.factories_negotiations import TERMS, do, handed, make_world, thread_at, tomorrow


@pytest.fixture
def world(app):
    return make_world()


def test_the_factories_bring_a_thread_to_every_stage(world):
    for stage in Stage:
        thread = thread_at(world, stage)
        assert thread.stage is stage
        if thread.ended_at is None:
            do(rounds.lose, thread.id, "price", by=world.buyer) if stage is not Stage.INTEREST else do(interest.withdraw, thread.id, by=world.buyer)


def test_an_evaluation_goes_back_to_what_the_rounds_say(world):
    thread = thread_at(world, Stage.COUNTERED)
    do(staging.take, thread.id, "evaluate", by=world.buyer)
    assert (thread.stage, thread.move_of_id) == (Stage.EVALUATION, world.company.id)
    do(staging.take, thread.id, "talk", by=world.seller)
    assert (thread.stage, thread.move_of_id) == (Stage.COUNTERED, world.agency.id)


def test_terms_are_agreed_in_the_middle_of_an_evaluation(world):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    do(staging.take, thread.id, "evaluate", by=world.buyer)
    do(rounds.agree, thread.id, 1, by=world.buyer)
    assert thread.stage is Stage.TERMS_AGREED


def test_it_is_ready_to_sign_when_no_side_waits_for_its_approval_any_more(world):
    thread = thread_at(world, Stage.TERMS_AGREED)
    for side in (world.buyer, world.seller):
        do(staging.take, thread.id, "need_approval", by=side)
    assert (thread.stage, thread.move_of_id) == (Stage.APPROVAL, world.company.id)
    with pytest.raises(IllegalMove, match="own approval"):
        do(handover.hand_over, thread.id, by=world.seller)
    do(staging.take, thread.id, "approve", by=world.buyer)
    assert (thread.stage, thread.move_of_id) == (Stage.APPROVAL, world.agency.id)
    with pytest.raises(IllegalMove, match="waits for no approval"):
        do(staging.take, thread.id, "approve", by=world.buyer)
    do(staging.take, thread.id, "approve", by=world.seller)
    assert (thread.stage, thread.move_of_id, thread.due_on) == (Stage.READY_TO_SIGN, None, None)
    do(handover.hand_over, thread.id, by=world.buyer)
    assert thread.stage is Stage.READY_TO_SIGN


def test_nothing_is_done_twice_or_where_the_table_has_no_arrow(world):
    waiting = thread_at(world, Stage.INTEREST)
    for step in rules.STEPS:
        with pytest.raises(IllegalMove):
            do(staging.take, waiting.id, step, by=world.seller)
    with pytest.raises(IllegalMove):
        do(staging.pause, waiting.id, tomorrow(world.fair), by=world.seller)
    with pytest.raises(Invalid):
        do(staging.take, waiting.id, "signed", by=world.seller)
    with pytest.raises(NotFound):
        do(staging.take, waiting.id, "evaluate", by=world.stranger)
    done = handed(world)
    for step in (*rules.STEPS, "pause"):
        with pytest.raises(IllegalMove):
            do(staging.pause, done.id, tomorrow(world.fair), by=world.seller) if step == "pause" else do(staging.take, done.id, step, by=world.seller)


def test_a_pause_leads_back_to_the_stage_before_and_to_no_other(world):
    thread = thread_at(world, Stage.COUNTERED)
    do(staging.pause, thread.id, tomorrow(world.fair), note="Our board meets", by=world.seller)
    assert (thread.stage, thread.move_of_id, thread.due_on, thread.paused_by_id) == (Stage.PAUSED, None, None, world.agency.id)
    for step in (lambda: rounds.offer(thread.id, TERMS, by=world.seller), lambda: rounds.agree(thread.id, 2, by=world.seller),
                 lambda: rounds.withdraw(thread.id, 2, by=world.buyer), lambda: handover.hand_over(thread.id, by=world.buyer)):  # fmt: skip
        with pytest.raises(IllegalMove):
            do(step)
    do(staging.take, thread.id, "resume", by=world.buyer)
    assert (thread.stage, thread.move_of_id, thread.paused_until) == (Stage.COUNTERED, world.agency.id, None)
    do(rounds.agree, thread.id, 2, by=world.seller)
    assert thread.stage is Stage.TERMS_AGREED


def test_a_pause_keeps_who_waits_for_an_approval(world):
    thread = thread_at(world, Stage.APPROVAL)
    do(staging.pause, thread.id, tomorrow(world.fair), by=world.buyer)
    do(staging.take, thread.id, "resume", by=world.buyer)
    assert (thread.stage, thread.move_of_id) == (Stage.APPROVAL, world.agency.id)


def test_on_the_day_of_the_fair_the_talks_go_on_by_themselves_once(world):
    thread = thread_at(world, Stage.PAUSED)
    tasks.resume()
    db.session.refresh(thread)
    assert thread.stage is Stage.PAUSED
    with shifted(timedelta(days=1)):
        for _ in range(2):
            tasks.resume()
    db.session.refresh(thread)
    assert thread.stage is Stage.TERMS_PROPOSED
    [row] = [row for row in db.session.query(AuditRow) if row.action == "negotiations.resume"]
    assert row.person_id is None


@pytest.mark.parametrize(("days", "fits"), [(0, False), (1, True), (180, True), (181, False)])
def test_a_pause_has_a_day_within_half_a_year(world, days, fits):
    thread = thread_at(world, Stage.TALKING)
    until = today(world.fair.time_zone) + timedelta(days=days)
    if fits:
        assert do(staging.pause, thread.id, until, by=world.seller).paused_until == until
    else:
        with pytest.raises(Invalid) as refused:
            do(staging.pause, thread.id, until, by=world.seller)
        assert refused.value.errors[0].pointer == "/until"


def test_who_has_to_move_names_the_day_and_the_next_move_sets_another(world):
    thread, day = thread_at(world, Stage.TERMS_PROPOSED), today(world.fair.time_zone) + timedelta(days=40)
    usual, moved_at = thread.due_on, thread.moved_at
    assert usual == due.after(today(world.fair.time_zone), 5)
    with pytest.raises(IllegalMove):
        do(staging.promise, thread.id, day, by=world.seller)
    do(staging.promise, thread.id, day, by=world.buyer)
    assert (thread.due_on, thread.moved_at) == (day, moved_at), "to name a day is no step"
    with pytest.raises(Invalid):
        do(staging.promise, thread.id, day + timedelta(days=21), by=world.buyer)
    do(rounds.offer, thread.id, TERMS, by=world.buyer)
    assert thread.due_on == usual


def test_an_agreement_of_secrecy_moves_talks_and_nothing_later(world):
    thread = thread_at(world, Stage.NDA)
    assert thread.move_of_id == world.agency.id
    do(rounds.offer, thread.id, TERMS, by=world.seller)
    do(staging.keep_secret, thread.id, by=world.buyer)
    assert thread.stage is Stage.TERMS_PROPOSED


def test_the_desk_moves_a_thread_with_its_contract(world):
    thread = handed(world)
    for signed, stage in ((True, Stage.SIGNED), (True, Stage.SIGNED), (False, Stage.READY_TO_SIGN), (False, Stage.READY_TO_SIGN), (True, Stage.SIGNED)):
        do(staging.follow_contract, thread.id, signed=signed, by=world.staff)
        assert thread.stage is stage
    actions = [row.action for row in db.session.query(AuditRow).order_by(AuditRow.seq) if row.action.endswith("signed")]
    assert actions == ["negotiations.signed", "negotiations.unsigned", "negotiations.signed"]
    assert queries.thread(thread.id, by=world.buyer).possible == frozenset()


def test_every_step_tells_the_other_side_by_mail_without_words_of_the_thread(world, app):
    from marketplace.core.jobs import sweep
    from marketplace.core.mail import OUTBOX_SEEN

    thread = thread_at(world, Stage.TERMS_AGREED)
    sweep()
    OUTBOX_SEEN.clear()
    do(staging.take, thread.id, "need_approval", by=world.seller)
    do(staging.pause, thread.id, tomorrow(world.fair), note="CANARY-PAUSE", by=world.buyer)
    sweep()
    assert {message["To"] for message in OUTBOX_SEEN} == {world.at_agency.email, world.at_company.email}
    assert all("CANARY" not in message.as_string() for message in OUTBOX_SEEN)


def test_the_page_says_by_itself_that_a_question_was_read(world, app):
    thread = thread_at(world, Stage.INTEREST)
    client = app.test_client()
    sign_in(client, world.at_agency, world.agency)
    path = f"/negotiations/{thread.id}"
    assert "reading.js" in client.get(path).text
    answer = client.post(f"{path}/read", data=form_token(client, path), headers={"X-Quiet": "1"})
    db.session.refresh(thread)
    assert (answer.status_code, answer.text, thread.read_at is not None) == (204, "", True)
    moved = thread.moved_at
    assert client.post(f"{path}/read", data=form_token(client, path)).status_code == 303
    db.session.refresh(thread)
    assert (thread.moved_at, "reading.js" in client.get(path).text) == (moved, False)


def test_a_day_is_due_at_the_fairs_place(app):
    """Late on a Friday in Shanghai it is Friday there, and still Friday morning in New York."""
    friday = date(2020, 9, 18)
    moment = now().replace(year=2020, month=9, day=18, hour=15, minute=30)
    with shifted(moment - now()):
        for zone, expected in (("Asia/Shanghai", due.after(friday, 3)), ("Pacific/Auckland", due.after(friday + timedelta(days=1), 3))):
            found = make_world(time_zone=zone)
            assert thread_at(found, Stage.INTEREST).due_on == expected
