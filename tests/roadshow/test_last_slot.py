"""32 at once for the last slot, and for one table at one time: exactly one gets it. Without the key of the table, more do."""

import contextlib
import threading
from collections import Counter

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError
from marketplace.roadshow import booking, pitching, queries, service
from marketplace.roadshow.models import Meeting, Pitch, PitchStatus
from tests.conftest import DATABASES
from tests.factories import actor, make_fair, make_member, make_organization
from tests.payments.shop import build, own_database
from tests.roadshow.factories_roadshow import at, make_achievement, make_place, make_session

TAKERS = 32


@pytest.fixture(params=DATABASES)
def own_app(request, tmp_path):
    with own_database(request.param, tmp_path, lambda: request.getfixturevalue("postgresql_port")) as database:
        app = build(database, tmp_path)
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def rush(app, works) -> Counter:
    """Run each in a thread and a transaction of its own, all at once; how often each answer was given."""
    gate, answers, lock = threading.Barrier(len(works)), Counter(), threading.Lock()

    def run(work):
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    work()
                answer = "won"
            except DomainError as error:
                answer = f"{error.status}"
            except Exception as error:
                answer = repr(error)
            finally:
                db.session.remove()
            with lock:
                answers[answer] += 1

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def takers(fair):
    """32 organisations with an achievement each: (actor, achievement id)."""
    found = []
    for _ in range(TAKERS):
        organization = make_organization()
        person, achievement = make_member(organization), make_achievement(fair, organization)
        found.append((actor(person, organization), achievement.id))
    return found


def for_the_last_slot(app) -> tuple[Counter, int]:
    fair = make_fair()
    session = make_session(fair, slots=1)
    session_id = session.id
    works = [
        lambda by=by, key=key: pitching.book(session_id, achievement_id=key, by=by) for by, key in takers(fair)
    ]  # fmt: skip
    db.session.remove()
    answers = rush(app, works)
    booked = select(func.count()).select_from(Pitch).where(Pitch.session_id == session_id, Pitch.status == PitchStatus.CONFIRMED)
    return answers, db.session.scalar(booked) or 0


@pytest.mark.timeout(120)
def test_of_32_takers_of_the_last_slot_exactly_one_wins(own_app):
    answers, booked = for_the_last_slot(own_app)
    assert (answers, booked) == ({"won": 1, "409": TAKERS - 1}, 1)


@pytest.mark.timeout(120)
def test_without_the_table_that_decides_more_than_one_wins(own_app, monkeypatch):
    """The negative control: the test above can fail."""
    monkeypatch.setattr(booking, "take", lambda *_args, **_more: [])
    answers, booked = for_the_last_slot(own_app)
    assert booked > 1
    assert answers["won"] == booked


@pytest.mark.timeout(120)
def test_of_32_requests_for_one_table_exactly_one_wins(own_app):
    fair, host = make_fair(), make_organization()
    place = make_place(fair)
    place_id, fair_id, host_id, starts_at = place.id, fair.id, host.id, at(fair, 10)
    ask = {"organization_id": host_id, "place_id": place_id, "starts_at": starts_at, "length_minutes": 30, "topic": "Licence"}
    works = [lambda by=by: service.request(fair_id, **ask, by=by) for by, _key in takers(fair)]
    db.session.remove()
    answers = rush(own_app, works)
    assert answers == {"won": 1, "409": TAKERS - 1}
    assert db.session.scalar(select(func.count()).select_from(Meeting)) == 1


@pytest.mark.timeout(120)
def test_of_32_takers_of_8_slots_exactly_8_win(own_app):
    fair = make_fair()
    session = make_session(fair, slots=8, ends_at=at(fair, 12))
    session_id = session.id
    works = [lambda by=by, key=key: pitching.book(session_id, achievement_id=key, by=by) for by, key in takers(fair)]
    db.session.remove()
    assert rush(own_app, works) == {"won": 8, "409": TAKERS - 8}
    assert queries.free_positions(db.session.merge(session)) == []


@pytest.mark.timeout(120)
def test_two_organisations_that_ask_each_other_at_once_do_not_wait_for_each_other(own_app, monkeypatch):
    fair, both = make_fair(), [make_organization(), make_organization()]
    actors = [actor(make_member(one), one) for one in both]
    fair_id, ids, places = fair.id, [one.id for one in both], [make_place(fair).id, make_place(fair).id]
    ask = {"starts_at": at(fair, 10), "length_minutes": 30, "topic": "Licence"}
    gate, counted = threading.Barrier(2), queries.open_requests

    def counted_when_both_are_here(*args, **more):
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(2)  # on SQLite the second comes when the first is through
        return counted(*args, **more)

    monkeypatch.setattr(queries, "open_requests", counted_when_both_are_here)
    works = [lambda n=n: service.request(fair_id, organization_id=ids[1 - n], place_id=places[n], **ask, by=actors[n]) for n in (0, 1)]
    db.session.remove()
    assert rush(own_app, works) == {"won": 2}
