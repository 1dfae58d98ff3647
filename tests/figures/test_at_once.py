"""Two people at the same moment: one figure, one locked day. Without the lock it goes wrong."""

import contextlib
import threading

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.fairs.queries import get
from marketplace.figures import closing, days, freezing, queries
from marketplace.figures.models import Close, Figure, Proposal
from marketplace.ledger import queries as ledger
from marketplace.ledger import service
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.factories import actor, make_staff
from tests.figures.factories_figures import figure_desk, hash_now, make_contract, make_pair

PEOPLE = 8


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def publishers(app):
    """What each of 8 people does."""
    desk = figure_desk(app)
    make_contract(desk)
    fair_id = desk.fair.id
    actors = [actor(make_staff(desk.fair, "verifier")) for _ in range(PEOPLE)]
    db.session.remove()

    def work(by):
        freezing.freeze(get(fair_id), ledger.scope(fair_id, None), by=by)

    return [lambda by=by: work(by) for by in actors]


def unlocked(monkeypatch):
    """Take away what makes writers of one fair wait: the lock of the head, and SQLite's own lock of its file.

    All meet where each of them has found that nothing is there yet.
    """
    gate, free_code = threading.Barrier(PEOPLE), freezing._free_code

    def after_all(digest):
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(10)
        return free_code(digest)

    monkeypatch.setattr(freezing, "_free_code", after_all)
    monkeypatch.setattr(service, "lock_head", lambda _fair_id: None)
    if db.engine.dialect.name == "sqlite":
        real = db.session.connection
        monkeypatch.setattr(db.session, "connection", lambda **_options: real())


@pytest.mark.timeout(120)
def test_of_8_who_publish_the_same_at_once_all_get_one_figure(own_app):
    assert rush(own_app, publishers(own_app)) == {"won": PEOPLE}
    assert count(Figure) == 1


@pytest.mark.timeout(120)
def test_without_the_lock_only_one_of_them_does(own_app, monkeypatch):
    """The negative control: nobody waits, everybody finds that nothing is published yet; only the keys of the table hold."""
    works = publishers(own_app)
    unlocked(monkeypatch)
    answers = rush(own_app, works)
    assert answers["won"] == 1
    assert all("Error" in answer for answer in answers if answer != "won")
    assert count(Figure) == 1


def second_signers(app):
    desk = figure_desk(app)
    make_contract(desk)
    pair, day, fair_id = make_pair(desk), days.next_day(desk.fair), desk.fair.id
    digest = hash_now(desk, day)
    with transaction():
        closing.sign_off(desk.fair, day, digest, by=actor(pair.first))
    actors = [actor(make_staff(desk.fair, "verifier")) for _ in range(PEOPLE)]
    db.session.remove()
    return [lambda by=by: closing.sign_off(get(fair_id), day, digest, by=by) for by in actors]


@pytest.mark.timeout(120)
def test_of_8_second_signatures_exactly_one_locks_the_day(own_app):
    assert rush(own_app, second_signers(own_app)) == {"won": 1, "409": PEOPLE - 1}
    assert (count(Close), count(Proposal), count(Figure)) == (1, 0, 1)


@pytest.mark.timeout(120)
def test_without_the_lock_the_losers_are_not_told_so(own_app, monkeypatch):
    """The negative control: they run into the keys of the table, which no page can explain."""
    works = second_signers(own_app)
    unlocked(monkeypatch)
    answers = rush(own_app, works)
    assert answers["won"] == 1
    assert "409" not in answers


@pytest.mark.timeout(120)
def test_two_who_sign_first_at_once_are_first_and_second(own_app):
    desk = figure_desk(own_app)
    make_contract(desk)
    pair, day, fair_id = make_pair(desk), days.next_day(desk.fair), desk.fair.id
    digest, actors = hash_now(desk, day), [actor(pair.first), actor(pair.second)]
    db.session.remove()
    assert rush(own_app, [lambda by=by: closing.sign_off(get(fair_id), day, digest, by=by) for by in actors]) == {"won": 2}
    [close] = queries.closes(fair_id)
    assert {close.first_by, close.second_by} == {one.person_id for one in actors}


@pytest.mark.timeout(120)
def test_one_person_in_two_windows_signs_once(own_app):
    desk = figure_desk(own_app)
    pair, day, fair_id = make_pair(desk), days.next_day(desk.fair), desk.fair.id
    digest, by = hash_now(desk, day), actor(pair.first)
    db.session.remove()
    assert rush(own_app, [lambda: closing.sign_off(get(fair_id), day, digest, by=by)] * 2) == {"won": 1, "403": 1}
    assert (count(Close), count(Proposal)) == (0, 1)
