"""Sixteen writers at once: one gapless chain, no deadlock, no lost row; and without the lock the same test fails."""

import threading

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.exc import DBAPIError

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core import db as database
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from tests.conftest import DATABASES
from tests.core.audit_house import ROWS, house

WRITERS, EACH = 16, 8


@pytest.fixture(scope="module", params=DATABASES)
def built(request, tmp_path_factory):
    port = request.getfixturevalue("postgresql_port") if request.param != "sqlite" else None
    with house(request.param, tmp_path_factory.mktemp("house"), port) as found:
        yield found


@pytest.fixture
def chain(built):
    built.fresh()
    return built


def all_write(chain) -> tuple[set[str], list[DBAPIError]]:
    """What was acknowledged, and what the database refused. Of the four that share a row, two lock it before they record their
    change, two behind it: with the head's lock anywhere but last they would wait for each other in a circle."""
    with chain.app.app_context():
        shared = db.session.scalars(select(Person.id).order_by(Person.id).limit(WRITERS // 4)).all()
        db.session.remove()
    done: set[str] = set()
    refused: list[DBAPIError] = []
    start = threading.Barrier(WRITERS)

    def work(writer: int) -> None:
        with chain.app.app_context():
            start.wait()
            for number in range(EACH):
                subject = f"thing:{writer}/{number}"
                try:
                    with transaction():
                        if writer % 2:
                            db.session.get(Person, shared[writer // 4], with_for_update=True)
                        audit.record("tests.first", subject, by=None)
                        audit.record("tests.second", subject, by=None, personal={"name": subject})
                        if not writer % 2:
                            db.session.get(Person, shared[writer // 4], with_for_update=True)
                        db.session.execute(select(func.count()).select_from(Person))
                    done.add(subject)
                except DBAPIError as error:
                    refused.append(error)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, refused


def test_sixteen_writers_make_one_chain(chain):
    done, refused = all_write(chain)
    assert refused == []
    assert len(done) == WRITERS * EACH
    report = chain.report()
    assert (report.faults, report.rows) == ([], ROWS + 2 * WRITERS * EACH)
    for action in ("tests.first", "tests.second"):
        assert set(db.session.scalars(select(AuditRow.subject).where(AuditRow.action == action))) == done
    pairs = db.session.execute(select(AuditRow.subject, AuditRow.seq).where(AuditRow.seq > ROWS).order_by(AuditRow.seq)).all()
    assert all(one.subject == two.subject for one, two in zip(pairs[::2], pairs[1::2], strict=True)), "rows of a transaction stand together"


def test_without_the_lock_the_same_writers_are_refused_or_break_the_chain(chain, monkeypatch):
    """The negative control: on PostgreSQL the head is read without its lock, on SQLite writers begin like readers."""
    if chain.database == "sqlite":
        event.remove(Engine, "begin", database._begin)
        event.listen(Engine, "begin", begin_like_a_reader)
    else:
        monkeypatch.setattr(audit, "END_OF_CHAIN", select(audit.HEAD.c.seq, audit.HEAD.c.hash).where(audit.HEAD.c.id == 1))
    try:
        done, refused = all_write(chain)
    finally:
        if chain.database == "sqlite":
            event.remove(Engine, "begin", begin_like_a_reader)
            event.listen(Engine, "begin", database._begin)
    assert refused or chain.report().faults
    assert len(done) < WRITERS * EACH


def begin_like_a_reader(connection) -> None:
    connection.exec_driver_sql("BEGIN")
