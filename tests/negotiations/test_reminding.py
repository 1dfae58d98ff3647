"""Reminders of moves that are due: to who has to move, on the days of the rule, one mail a day."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.clock import now, shifted
from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.listings.models import Kind
from marketplace.negotiations import interest, rounds, staging, tasks
from marketplace.negotiations.models import Stage
from tests.negotiations.factories_negotiations import ASKED, TERMS, asked, do, make_listing, make_world, tomorrow


def on(day: int, hour: int = 3):
    """That hour, UTC, of a day of September 2020."""
    return shifted(datetime(2020, 9, day, hour, 5, tzinfo=UTC) - now())


def settle() -> None:
    """Everything that waits is done, also what that asks for."""
    while sweep():
        pass


@pytest.fixture
def world(app):
    """Whoever asks there on Monday the 14th expects an answer on Thursday."""
    return make_world(time_zone="Asia/Shanghai")


@pytest.fixture
def thread(world):
    with on(14):
        found = asked(world)
        settle()
    OUTBOX_SEEN.clear()
    return found


def reminded(day: int, hour: int = 3) -> list[str]:
    """Who is reminded when the clock has struck three times."""
    with on(day, hour):
        for _ in range(3):
            tasks.remind_all()
        settle()
    found = [message["To"] for message in OUTBOX_SEEN]
    OUTBOX_SEEN.clear()
    return found


def test_who_has_to_answer_is_reminded_once_on_each_day_of_the_rule(world, thread):
    days = [day for day in range(14, 31) if reminded(day) == [world.at_agency.email]]
    assert days == [16, 17, 18, 22, 25]


def test_nobody_is_woken_before_eight(world, thread):
    assert reminded(17, hour=0) == [world.at_agency.email], "eight in the morning there"
    with on(17, 23):  # seven in the morning of the 18th
        tasks.remind_all()
        settle()
    assert OUTBOX_SEEN == []


def test_one_mail_names_all_threads_without_any_word_of_them(world, thread):
    other = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair)
    with on(14):
        second, _ = do(interest.ask, achievement_id=other.id, **ASKED, by=world.buyer)
        settle()
    OUTBOX_SEEN.clear()
    with on(17):
        tasks.remind_all()
        settle()
    [message] = OUTBOX_SEEN
    text = message.get_content()
    assert all(row.reference in text for row in (thread, second))
    assert "2020-09-17" in text
    assert not any(word in message.as_string() for word in ("CANARY", "Heat pump", "Hengyuan"))


def test_a_second_thread_that_becomes_due_on_the_day_waits_for_the_next(world, thread):
    assert reminded(16) == [world.at_agency.email]
    with on(16, 4):
        do(interest.accept, thread.id, by=world.seller)  # the thread that was told moved on
        do(rounds.offer, thread.id, TERMS, by=world.seller)
        other = make_listing(Kind.ACHIEVEMENT, world.agency, world.fair)
        second, _ = do(interest.ask, achievement_id=other.id, **ASKED, by=world.buyer)
        do(staging.promise, second.id, second.sent_at.date() + timedelta(days=1), by=world.seller)
        settle()
    OUTBOX_SEEN.clear()
    assert reminded(16, hour=6) == []
    assert reminded(17) == [world.at_agency.email]


def test_neither_who_moved_nor_paused_talks_are_reminded(world, thread):
    with on(14):
        do(interest.accept, thread.id, by=world.seller)
        do(staging.pause, thread.id, tomorrow(world.fair), by=world.buyer)
        settle()
    OUTBOX_SEEN.clear()
    assert [reminded(day) for day in range(14, 24)] == [[]] * 10


def test_who_moves_between_the_mark_and_the_mail_gets_none(world, thread):
    with on(17):
        tasks.remind_all()
        do(interest.decline, thread.id, "not_fit", by=world.seller)
        settle()
    assert world.at_agency.email not in [message["To"] for message in OUTBOX_SEEN]
    db.session.refresh(thread)
    assert thread.stage is Stage.DECLINED
