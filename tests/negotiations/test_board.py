"""The board of stages for fair staff: counts, ages, what stalled and what is late; and the numbers that a manager sets."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import Forbidden
from marketplace.negotiations import board, due, pacing, queries, rounds, staging
from marketplace.negotiations.models import Negotiation, Stage
from tests.counting import counted
from tests.factories import actor, api, form_token, make_fair, make_staff, make_token, sign_in
from tests.negotiations.factories_negotiations import asked, do, handed, make_world, thread_at, tomorrow


@pytest.fixture
def world(app):
    return make_world()


def aged(thread, **days) -> None:
    """Let its last step, or the day it is due, be so many days ago."""
    values = {"moved_at": now() - timedelta(days=days["moved"])} if "moved" in days else {}
    if "due" in days:
        values["due_on"] = today("Asia/Shanghai") - timedelta(days=days["due"])
    db.session.execute(update(Negotiation).where(Negotiation.id == thread.id).values(values))
    db.session.commit()


def end(thread, world) -> None:
    """Make room for another thread of the pair."""
    do(rounds.lose, thread.id, "price", by=world.buyer)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.SIGNED])
@pytest.mark.parametrize("days", [9, 11])
def test_the_board_counts_as_the_rule_of_one_thread_says(world, stage, days):
    thread = thread_at(world, stage)
    aged(thread, moved=days)
    db.session.refresh(thread)
    expected = due.stalled(stage, moved_at=thread.moved_at, ended=thread.ended_at is not None, at=now(), days=due.Days())
    [row] = board.states(by=world.staff, fair=world.fair).rows
    [count] = [found for found in board.counts(by=world.staff, fair=world.fair) if found.count]
    assert (row.stalled, count.stalled, board.stalled_count(by=world.staff)) == (expected, int(expected), int(expected))
    assert (count.stage, count.oldest) == (stage, thread.moved_at)
    assert len(board.states(by=world.staff, fair=world.fair, waiting="stalled").rows) == int(expected)


def test_what_is_at_the_desk_does_not_stall(world):
    aged(handed(world), moved=100)
    assert board.stalled_count(by=world.staff) == 0


def test_a_day_that_is_over_is_late_for_staff_and_for_who_has_to_move(world):
    thread = asked(world)
    for days, late in ((0, 0), (2, 1)):
        aged(thread, due=days)
        assert len(board.states(by=world.staff, fair=world.fair, waiting="late").rows) == late
        assert queries.late_count(by=world.seller) == len(queries.threads(by=world.seller, late=True).rows) == late
        assert queries.late_count(by=world.buyer) == 0
        assert queries.thread(thread.id, by=world.buyer).late is bool(late)


def test_the_page_and_the_json_show_counts_and_no_names(world, app, client):
    thread = thread_at(world, Stage.TERMS_PROPOSED)
    aged(thread, moved=30, due=20)
    staff = app.test_client()
    sign_in(staff, world.clerk)
    page = staff.get("/staff/negotiations?stage=terms_proposed&waiting=stalled").text
    assert thread.reference in page
    assert "1 stalled" in page
    assert not any(word in page for word in ("Northgate", "Hengyuan", "CANARY", "Heat pump", "Steam at"))
    assert thread.reference not in staff.get("/staff/negotiations?waiting=stalled&stage=talking").text
    told = client.get(f"/api/v1/fairs/{world.fair.slug}/negotiations/stages", headers=api(make_token(world.clerk))).json
    assert [row for row in told["stages"] if row["count"]] == [
        {"stage": "terms_proposed", "count": 1, "stalled": 1, "late": 1, "oldest": told["stages"][4]["oldest"]}
    ]
    assert told["stalled_days"] == 10


def test_staff_elsewhere_see_no_counts(world):
    with pytest.raises(Forbidden):
        board.counts(by=actor(make_staff(make_fair(), "manager")), fair=world.fair)


def test_a_manager_sets_the_days_for_what_begins_from_then_on(world, app):
    before = asked(world)
    expected, boss = before.due_on, make_staff(world.fair, "manager")
    client = app.test_client()
    sign_in(client, boss)
    numbers = {"answer_days": "10", "move_days": "2", "stalled_days": "3"}
    wrong = client.post("/staff/negotiations/pace", data=numbers | {"answer_days": "0"} | form_token(client, "/staff/negotiations/pace"))
    assert wrong.status_code == 422
    done = client.post("/staff/negotiations/pace", data=numbers | form_token(client, "/staff/negotiations/pace"))
    assert done.status_code == 303
    db.session.refresh(before)
    assert before.due_on == expected
    aged(before, moved=4)
    assert board.stalled_count(by=world.staff) == 1
    assert asked(world, need_id=world.need.id).due_on == due.after(today(world.fair.time_zone), 10)
    [clerk] = [actor(make_staff(world.fair, "clerk"))]
    with pytest.raises(Forbidden):
        do(pacing.put, world.fair, answer_days=1, move_days=1, stalled_days=1, by=clerk)


def test_the_numbers_are_changed_from_what_was_read(world, client):
    token = make_token(make_staff(world.fair, "manager"))
    url = f"/api/v1/fairs/{world.fair.slug}/negotiations/pace"
    first = client.get(url, headers=api(token))
    body = {"answer_days": 2, "move_days": 4, "stalled_days": 9}
    assert client.put(url, json=body, headers=api(token)).status_code == 428
    assert client.put(url, json=body, headers=api(token, **{"If-Match": first.headers["ETag"]})).status_code == 200
    assert client.put(url, json=body, headers=api(token, **{"If-Match": first.headers["ETag"]})).status_code == 412


def test_the_board_makes_the_same_number_of_queries_for_one_and_for_many(world):
    def asked() -> int:
        db.session.expire_all()
        by, fair = world.staff, world.fair
        with counted() as seen:
            board.states(by=by, fair=fair)
            board.counts(by=by, fair=fair)
        return len(seen)

    first = thread_at(world, Stage.TERMS_PROPOSED)
    few = asked()
    end(first, world)
    for _ in range(3):
        end(thread_at(world, Stage.TALKING), world)
    do(staging.pause, thread_at(world, Stage.TALKING).id, tomorrow(world.fair), by=world.buyer)
    assert asked() == few
