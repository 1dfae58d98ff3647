"""Two stage managers press at once: one wins, the other is told; without the locks this would not hold."""

import contextlib
import threading

import pytest
from sqlalchemy import select

from marketplace.ceremonies import pressing, service
from marketplace.ceremonies.models import Ceremony, ItemState, Press, RunItem
from marketplace.core import db as database
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.fairs.models import Fair
from marketplace.ledger import queries
from marketplace.ledger.models import PublicEntry, View
from tests import at_once
from tests.at_once import own_app as own_app
from tests.at_once import rush
from tests.ceremonies.factories_ceremonies import make_ceremony, make_item, make_manager, press
from tests.contracts.factories_contracts import make_desk
from tests.factories import actor


def slug(error: DomainError) -> str:
    return error.slug


def stage(app, *presses):
    """A ceremony whose one item was pressed on, and two people who may press: ids only, for other threads."""
    desk = make_desk(app)
    ceremony = make_ceremony(desk)
    item = make_item(desk, ceremony)
    people = [actor(desk.clerk), actor(make_manager(desk))]
    for what in presses:
        press(ceremony, item, what, people[0])
    return desk.fair.id, ceremony.id, item.id, people


def counted(fair_id) -> int:
    """Contracts in the public headline."""
    fair = db.session.get_one(Fair, fair_id)
    return queries.total(fair, queries.scope(fair_id, None), view=View.PUBLIC).headline.amounts.count


def pressed(item_id, action) -> int:
    query = select(AuditRow.person_id).where(AuditRow.subject == f"run-item:{item_id}", AuditRow.action == f"ceremonies.{action}")
    return len(db.session.scalars(query).all())


def both(app, what, *before):
    fair_id, ceremony_id, item_id, people = stage(app, *before)
    works = [lambda by=by: pressing.press(ceremony_id, item_id, Press(what), by=by) for by in people]
    db.session.remove()
    return rush(app, works, refused=slug), fair_id, item_id


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("what", "before"), [("call", []), ("sign", ["call"]), ("undo", ["call", "sign"]), ("postpone", ["call"])])
def test_of_two_who_press_at_once_one_wins_and_the_other_is_told(own_app, what, before):
    answers, fair_id, item_id = both(own_app, what, *before)
    assert answers == {"won": 1, "already-pressed": 1}
    assert pressed(item_id, what) == 1
    assert counted(fair_id) == (1 if what == "sign" else 0)


@pytest.mark.timeout(120)
def test_one_person_who_presses_twice_at_once_presses_once(own_app):
    fair_id, ceremony_id, item_id, people = stage(own_app, "call")
    works = [lambda: pressing.press(ceremony_id, item_id, Press.SIGN, by=people[0]) for _ in range(4)]
    db.session.remove()
    assert rush(own_app, works, refused=slug) == {"won": 4}
    assert pressed(item_id, "sign") == 1
    entered = db.session.scalars(select(PublicEntry.sign).where(PublicEntry.fair_id == fair_id)).all()
    assert sum(entered) == 3, "declared, signed and verified: each once"


@pytest.mark.timeout(120)
def test_signed_and_postponed_at_once_end_in_one_of_the_two(own_app):
    fair_id, ceremony_id, item_id, people = stage(own_app, "call")
    works = [
        lambda: pressing.press(ceremony_id, item_id, Press.SIGN, by=people[0]),
        lambda: pressing.press(ceremony_id, item_id, Press.POSTPONE, by=people[1]),
    ]
    db.session.remove()
    assert rush(own_app, works, refused=slug) == {"won": 1, "already-pressed": 1}
    signed = db.session.get_one(RunItem, item_id).state is ItemState.SIGNED
    assert counted(fair_id) == int(signed)


@pytest.mark.timeout(120)
def test_without_the_locks_the_second_is_not_told_who_was_first(own_app, monkeypatch):
    """The negative control: the test above can fail."""
    gate = threading.Barrier(2)

    def unlocked(ceremony_id, *, by):
        return db.session.get_one(Ceremony, ceremony_id)

    def unlocked_item(ceremony, item_id):
        found = db.session.get_one(RunItem, item_id)
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(5)
        return found

    @contextlib.contextmanager
    def unlocked_transaction():
        db.session.rollback()
        db.session.info["after_commit"] = []
        try:
            yield
            db.session.commit()
        except BaseException:
            db.session.rollback()
            raise
        finally:
            del db.session.info["after_commit"]

    fair_id, ceremony_id, item_id, people = stage(own_app, "call")
    monkeypatch.setattr(service, "locked", unlocked)
    monkeypatch.setattr(service, "item_of", unlocked_item)
    if not database.is_postgresql():
        monkeypatch.setattr(at_once, "transaction", unlocked_transaction)  # there the writer's lock is the transaction's own
    works = [lambda by=by: pressing.press(ceremony_id, item_id, Press.SIGN, by=by) for by in people]
    db.session.remove()
    answers = rush(own_app, works, refused=slug)
    assert answers != {"won": 1, "already-pressed": 1}
