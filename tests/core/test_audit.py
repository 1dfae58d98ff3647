"""Audit rows: what is hashed, when they are chained, and what becomes of them when a transaction is not kept."""

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import func, select, union_all

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.audit import AuditHead, AuditPersonal, AuditRow
from marketplace.core.audit_chain import BODY, GENESIS, row_hash
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from tests.counting import counted

ROW = {
    "id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"), "at": datetime(2026, 9, 1, 16, 0, 0, 5, tzinfo=timezone(timedelta(hours=8))),
    "action": "contracts.verify", "subject": "contract:01890a5d-ac96-774b-bcce-b302099a8057", "fair_id": None,
    "person_id": UUID(int=1), "organization_id": None, "before_hash": "a" * 64, "after_hash": "b" * 64,
    "facts": {"amount": "17848000000.00", "note": "纺织 é"}, "request_id": None,
}  # fmt: skip


def test_the_hash_is_the_same_for_ever():
    """Calculated once, by other means; were it to change, every chain that is kept would seem broken."""
    assert row_hash(ROW, 7, GENESIS) == "cf2f63cfb09ed6990f66152a7f6bac359d43f9dc5c052a86034956d019436c4d"


def test_the_moment_counts_not_its_time_zone():
    assert row_hash(ROW | {"at": datetime.fromisoformat("2026-09-01T08:00:00.000005+00:00")}, 7, GENESIS) == row_hash(ROW, 7, GENESIS)


@pytest.mark.parametrize("name", BODY)
def test_everything_in_the_body_is_hashed(name):
    other = {"at": now(), "facts": {"amount": "17848000000.00"}, "id": UUID(int=2)}.get(name, "x")
    assert row_hash(ROW | {name: other}, 7, GENESIS) != row_hash(ROW, 7, GENESIS)
    assert len({row_hash(ROW, 8, GENESIS), row_hash(ROW, 7, "1" * 64), row_hash(ROW, 7, GENESIS)}) == 3


class Broken(Exception):
    pass


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditRow.action).order_by(AuditRow.seq)))


def test_rows_are_numbered_in_the_order_in_which_they_were_recorded(app):
    with transaction():
        for number in range(3):
            audit.record(f"tests.{number}", "thing:1", by=None, amount=number, when=UUID(int=3))
    rows = db.session.scalars(select(AuditRow).order_by(AuditRow.seq)).all()
    head = db.session.scalars(select(AuditHead)).one()
    assert [row.action for row in rows] == ["tests.0", "tests.1", "tests.2"]
    assert [row.seq for row in rows] == list(range(rows[0].seq, rows[0].seq + 3))
    assert [row.prev_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert (head.seq, head.hash) == (rows[-1].seq, rows[-1].hash)
    for row in rows:
        assert row.hash == row_hash({name: getattr(row, name) for name in BODY}, row.seq, row.prev_hash), "as the database gives it back"


def test_who_reads_within_the_transaction_sees_its_rows(app):
    with transaction():
        audit.record("tests.first", "thing:1", by=None)
        assert actions() == ["tests.first"]
        audit.record("tests.second", "thing:1", by=None)
        assert db.session.scalar(select(func.count()).select_from(AuditRow)) == 2
        audit.record("tests.third", "thing:1", by=None)
        assert db.session.query(AuditRow).filter_by(action="tests.third").count() == 1
        db.session.execute(union_all(select(Person.id), select(Person.id)))
    assert actions() == ["tests.first", "tests.second", "tests.third"]


def test_what_is_rolled_back_leaves_no_row(app):
    def fail():
        with transaction():
            audit.record("tests.lost", "thing:1", by=None)
            raise Broken

    with pytest.raises(Broken):
        fail()
    audit.record("tests.lost", "thing:1", by=None)
    db.session.rollback()
    with transaction():
        audit.record("tests.kept", "thing:1", by=None)
    assert actions() == ["tests.kept"]


def test_a_savepoint_takes_its_rows_along(app):
    def fail():
        with db.session.begin_nested():
            audit.record("tests.lost", "thing:1", by=None)
            with db.session.begin_nested():
                audit.record("tests.lost too", "thing:1", by=None)
            raise Broken

    with transaction():
        audit.record("tests.before", "thing:1", by=None)
        with pytest.raises(Broken):
            fail()
        with db.session.begin_nested():
            audit.record("tests.inside", "thing:1", by=None)
        audit.record("tests.after", "thing:1", by=None)
    assert actions() == ["tests.before", "tests.inside", "tests.after"]


def test_audit_rows_are_not_read_inside_a_savepoint(app):
    with transaction():
        audit.record("tests.before", "thing:1", by=None)
        with db.session.begin_nested(), pytest.raises(RuntimeError, match="outside a savepoint"):
            actions()


def test_the_head_is_touched_after_everything_else(app):
    """Other locks come first, whenever the row was recorded: so no two writers wait for each other in a circle."""
    with counted() as seen, transaction():
        audit.record("tests.early", "thing:1", by=None, personal={"name": "Li Na"})
        db.session.add(Person(name="x", email="x@example.org", created_at=now()))
    tables = [next(name for name in ("audit_head", "audit_rows", "audit_personal", "people") if name in text) for text in seen if "SAVEPOINT" not in text]
    assert tables == ["people", "audit_head", "audit_rows", "audit_personal", "audit_head"]


def test_personal_details_lie_outside_the_hash(app):
    person = Person(name="Li Na", email="li@example.org", created_at=now())
    db.session.add(person)
    db.session.flush()
    with transaction():
        audit.record("tests.named", "thing:1", by=None, personal={"name": "Li Na"}, personal_of=UUID(int=5))
    row = db.session.scalars(select(AuditRow)).one()
    details = db.session.scalars(select(AuditPersonal)).one()
    assert (details.row_id, details.person_id, details.details) == (row.id, UUID(int=5), {"name": "Li Na"})
    assert row.facts == {}
