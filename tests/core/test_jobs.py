"""The outbox: a job is promised with its cause, done once, held by one worker at a time, and tried again when it failed."""

from datetime import timedelta

import pytest

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db, transaction

DONE: list[str] = []


@pytest.fixture(autouse=True)
def a_task(monkeypatch):
    monkeypatch.setattr(jobs, "TASKS", dict(jobs.TASKS))
    monkeypatch.setattr(jobs, "EVERY", {})
    DONE.clear()

    @jobs.task("test.note")
    def note(*, text):
        if text == "fail":
            raise OSError("the far side is away")
        DONE.append(text)


def promise(text="a", **more):
    with transaction():
        return jobs.enqueue("test.note", text=text, **more)


def promise_and_break_off():
    with transaction():
        jobs.enqueue("test.note", text="a")
        raise LookupError


def row(row_id):
    return db.session.get(jobs.OutboxRow, row_id, populate_existing=True)


def test_a_job_is_done_once(app):
    row_id = promise()
    assert jobs.run(row_id) is True
    assert jobs.run(row_id) is False
    assert DONE == ["a"]
    assert row(row_id).done_at is not None


def test_a_job_without_its_cause_does_not_exist(app):
    with pytest.raises(LookupError):
        promise_and_break_off()
    assert db.session.query(jobs.OutboxRow).count() == 0
    assert jobs.sweep() == 0
    assert DONE == []


def test_an_unknown_task_is_refused_when_it_is_promised(app):
    with pytest.raises(KeyError), transaction():
        jobs.enqueue("test.nothing")


def test_a_job_that_somebody_holds_is_left_alone_until_the_lease_ends(app):
    row_id = promise()
    held = row(row_id)
    held.taken_until = now() + timedelta(seconds=30)
    db.session.commit()
    assert jobs.run(row_id) is False
    assert jobs.due() == []
    held = row(row_id)
    held.taken_until = now() - timedelta(seconds=1)
    db.session.commit()
    assert jobs.due() == [row_id]
    assert jobs.run(row_id) is True
    assert DONE == ["a"]


def test_a_failed_job_waits_longer_each_time_and_keeps_why(app, caplog):
    row_id = promise("fail")
    waits = []
    for _ in range(3):
        before = now()
        assert jobs.run(row_id) is False
        failed = row(row_id)
        waits.append((failed.due_at - before).total_seconds())
        assert failed.done_at is None
        assert failed.taken_until is None
        assert failed.last_error == "OSError: the far side is away"
        failed.due_at = now()
        db.session.commit()
    assert row(row_id).attempts == 3
    assert waits[0] < waits[1] < waits[2]


def test_what_a_failed_job_did_is_taken_back(app, monkeypatch, caplog):
    @jobs.task("test.half")
    def half():
        db.session.add(jobs.OutboxRow(task="test.note", payload={}, created_at=now(), due_at=now() + timedelta(days=1)))
        db.session.flush()
        raise OSError

    with transaction():
        row_id = jobs.enqueue("test.half")
    assert jobs.run(row_id) is False
    assert db.session.query(jobs.OutboxRow).filter_by(task="test.note").count() == 0


def test_a_later_job_waits_for_its_time(app):
    row_id = promise(due_in=timedelta(hours=1))
    assert jobs.sweep() == 0
    later = row(row_id)
    later.due_at = now()
    db.session.commit()
    assert jobs.sweep() == 1
    assert DONE == ["a"]


def test_a_sweep_does_everything_that_is_due_the_oldest_first(app):
    for text in ("a", "b", "c"):
        promise(text)
    assert jobs.sweep() == 3
    assert DONE == ["a", "b", "c"]


def test_one_failing_job_does_not_stop_the_others(app, caplog):
    for text in ("a", "fail", "b"):
        promise(text)
    assert jobs.sweep() == 2
    assert DONE == ["a", "b"]


def test_a_lost_nudge_loses_nothing(app, monkeypatch):
    def broken(*_args, **_options):
        raise ConnectionError("no broker")

    monkeypatch.setattr(app.extensions["celery"], "send_task", broken)
    row_id = promise()
    assert jobs.due() == [row_id]


def test_a_clocked_task_runs_when_its_time_has_come_and_may_fail(app, monkeypatch, caplog):
    @jobs.task("test.clock", every=timedelta(hours=1))
    def clock():
        DONE.append("tick")
        raise OSError

    last: dict[str, float] = {}
    jobs.run_every(last)
    jobs.run_every(last)
    assert DONE == ["tick"]


def test_what_has_its_effect_outside_keeps_no_writer_waiting_and_holds_its_lease(app, monkeypatch):
    seen = []

    @jobs.task("test.outside", outside=True)
    def outside():
        seen.append("after_commit" in db.session.info)

    with transaction():
        row_id = jobs.enqueue("test.outside")
        plain_id = jobs.enqueue("test.note", text="fail")
    begun = now()
    assert jobs.run(row_id) is True and jobs.run(row_id) is False
    assert seen == [False]
    assert row(row_id).done_at is not None

    def look(**_more):
        seen.append((row(later).taken_until - begun).total_seconds())
        db.session.rollback()

    monkeypatch.setitem(jobs.TASKS, "test.outside", look)
    with transaction():
        later = jobs.enqueue("test.outside")
    assert jobs.run(later) is True
    assert seen[1] > jobs.LEASE.total_seconds()
    assert jobs.run(plain_id) is False


def test_mail_is_sent_outside_of_any_transaction(app):
    assert "mail.send" in jobs.OUTSIDE
