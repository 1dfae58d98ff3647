"""What an insider with the database, or with the file of checkpoints, could do to the audit chain: each is found and placed."""

import json
import shutil
from uuid import uuid4

import pytest
from sqlalchemy import text

from marketplace.core import audit_checkpoints
from marketplace.core.audit import ROWS as TABLE
from marketplace.core.audit_faults import Kind
from marketplace.core.db import db
from tests.conftest import DATABASES
from tests.core.audit_house import OLDER, ROWS, book, house, rehash


@pytest.fixture(scope="module", params=DATABASES)
def built(request, tmp_path_factory):
    port = request.getfixturevalue("postgresql_port") if request.param != "sqlite" else None
    with house(request.param, tmp_path_factory.mktemp("house"), port) as found:
        yield found


@pytest.fixture
def chain(built):
    built.fresh()
    return built


def run(connection, statement, **values):
    connection.execute(text(statement), values)


def shift(connection, first, by):
    """Renumber the rows from ``first`` on; in two steps, because seq is unique at every moment."""
    run(connection, "UPDATE audit_rows SET seq = -(seq + :by) WHERE seq >= :first", by=by, first=first)
    run(connection, "UPDATE audit_rows SET seq = -seq WHERE seq < 0")


def insert(connection, seq, **fields):
    """A row that never was, made from that of number 1."""
    row = dict(connection.execute(TABLE.select().where(TABLE.c.seq == 1)).mappings().one())
    connection.execute(TABLE.insert().values(row | {"id": uuid4(), "seq": seq, "subject": "thing:0"} | fields))


def swap(connection, one, other):
    run(connection, "UPDATE audit_rows SET seq = -1 WHERE seq = :one", one=one)
    run(connection, "UPDATE audit_rows SET seq = :one WHERE seq = :other", one=one, other=other)
    run(connection, "UPDATE audit_rows SET seq = :other WHERE seq = -1", other=other)


def edit(connection, seq):
    run(connection, "UPDATE audit_rows SET subject = 'thing:99' WHERE seq = :seq", seq=seq)


def edit_and_hash(connection, seq):
    edit(connection, seq)
    rehash(connection, seq, seq)


def rewrite(connection, seq):
    edit(connection, seq)
    rehash(connection, seq)


def facts_only(connection):
    run(connection, "UPDATE audit_rows SET facts = '{\"amount\": \"1000000\", \"note\": \"纺织 é\"}' WHERE seq = 7")


def delete(connection, first, last):
    run(connection, "DELETE FROM audit_personal WHERE row_id IN (SELECT id FROM audit_rows WHERE seq BETWEEN :a AND :b)", a=first, b=last)
    run(connection, "DELETE FROM audit_rows WHERE seq BETWEEN :a AND :b", a=first, b=last)


def delete_and_close_up(connection, first, last):
    delete(connection, first, last)
    shift(connection, last + 1, first - last - 1)
    run(connection, "UPDATE audit_head SET seq = :seq", seq=ROWS - (last - first + 1))


def insert_between(connection, seq, *, hashed):
    shift(connection, seq, 1)
    insert(connection, seq)
    if hashed:
        rehash(connection, seq, seq)
    run(connection, "UPDATE audit_head SET seq = seq + 1")


def cut(connection, first, *, head):
    delete(connection, first, ROWS)
    if head:
        run(connection, "UPDATE audit_head SET seq = :seq, hash = (SELECT hash FROM audit_rows WHERE seq = :seq)", seq=first - 1)


TAMPERINGS = {
    "edited": (lambda c: edit(c, 33), Kind.EDITED, 33),
    "edited, in the facts only": (facts_only, Kind.EDITED, 7),
    "edited, first row": (lambda c: edit(c, 1), Kind.EDITED, 1),
    "edited, last row": (lambda c: edit(c, ROWS), Kind.EDITED, ROWS),
    "edited and hashed again": (lambda c: edit_and_hash(c, 33), Kind.EDITED, 33),
    "edited and hashed again, not signed yet": (lambda c: edit_and_hash(c, 57), Kind.EDITED, 57),
    "deleted": (lambda c: delete(c, 33, 33), Kind.DELETED, 33),
    "deleted, the first rows": (lambda c: delete(c, 1, 3), Kind.DELETED, 1),
    "deleted, and the rest moved up": (lambda c: delete_and_close_up(c, 33, 35), Kind.DELETED, 33),
    "inserted before the first": (lambda c: insert(c, 0), Kind.INSERTED, 0),
    "inserted between": (lambda c: insert_between(c, 33, hashed=False), Kind.INSERTED, 33),
    "inserted between, with its hash": (lambda c: insert_between(c, 33, hashed=True), Kind.INSERTED, 33),
    "inserted between, with its hash, not signed yet": (lambda c: insert_between(c, 57, hashed=True), Kind.INSERTED, 57),
    "two rows reordered": (lambda c: swap(c, 12, 44), Kind.REORDERED, 12),
    "two neighbours reordered": (lambda c: swap(c, 33, 34), Kind.REORDERED, 33),
    "a row moved to the end": (lambda c: run(c, "UPDATE audit_rows SET seq = 61 WHERE seq = 33"), Kind.REORDERED, 33),
    "tail cut off": (lambda c: cut(c, 51, head=False), Kind.CUT_OFF, 51),
    "tail cut off, head set back": (lambda c: cut(c, 51, head=True), Kind.CUT_OFF, 51),
    "tail that was not signed cut off": (lambda c: cut(c, 57, head=False), Kind.CUT_OFF, 57),
    "everything cut off": (lambda c: cut(c, 1, head=False), Kind.CUT_OFF, 1),
    "rewritten": (lambda c: rewrite(c, 33), Kind.REWRITTEN, 33),
    "rewritten from the first row": (lambda c: rewrite(c, 1), Kind.REWRITTEN, 1),
    "head's hash forged": (lambda c: run(c, "UPDATE audit_head SET hash = :hash", hash="f" * 64), Kind.HEAD_CHANGED, ROWS),
    "head set back": (lambda c: run(c, "UPDATE audit_head SET seq = 41"), Kind.HEAD_CHANGED, 42),
    "head gone": (lambda c: run(c, "DELETE FROM audit_head"), Kind.HEAD_CHANGED, ROWS),
}


def test_the_untouched_copy_passes(chain):
    report = chain.report()
    assert (report.faults, report.rows, report.checkpoint.seq) == ([], ROWS, 55)
    assert "Rows 56 to 60 are newer" in report.notes[0]


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_the_first_bad_row_named(chain, name):
    tamper, kind, seq = TAMPERINGS[name]
    with chain.insider() as connection:
        tamper(connection)
    faults = chain.report().faults
    assert [(fault.kind, fault.seq) for fault in faults] == [(kind, seq)], faults


OTHER = {"at": "2026-09-01 08:02:45.000001", "facts": "{}"}


def test_no_column_can_be_altered_unseen(chain):
    """Also where it was empty before; the number and the id are tried above, as other orders and as rows that go and come. One copy
    for all: each column has what it held again before the next is altered."""
    columns, found = [column.name for column in TABLE.columns if column.name not in {"id", "seq"}], {}
    with db.engine.connect() as connection:
        held = dict(connection.execute(TABLE.select().where(TABLE.c.seq == 33)).mappings().one())
    for column in columns:
        value = OTHER.get(column, str(uuid4()) if column.endswith("_id") else "f" * 32)
        with chain.insider() as connection:
            connection.execute(TABLE.update().where(TABLE.c.seq == 33).values(held))
            cast = f"CAST(:value AS {TABLE.c[column].type.compile(connection.dialect)})" if connection.dialect.name == "postgresql" else ":value"
            run(connection, f"UPDATE audit_rows SET {column} = {cast} WHERE seq = 33", value=value.replace("-", "") if column.endswith("_id") else value)
        found[column] = [(fault.kind, fault.seq) for fault in chain.report().faults]
    assert found == dict.fromkeys(columns, [(Kind.EDITED, 33)])
    with chain.insider() as connection:
        connection.execute(TABLE.update().where(TABLE.c.seq == 33).values(held))
    assert chain.report().faults == [], "nothing but the columns was altered"


def test_an_older_backup_put_back_is_found(chain):
    chain.fresh("older")
    report = chain.report()
    assert [(fault.kind, fault.seq) for fault in report.faults] == [(Kind.ROLLED_BACK, OLDER + 1)]


def test_an_older_backup_that_went_on_is_found(chain):
    chain.fresh("older")
    for number in range(100, 140):
        book(number)
    report = chain.report()
    assert [(fault.kind, fault.seq) for fault in report.faults] == [(Kind.REWRITTEN, OLDER + 1)]


def without(number):
    return lambda lines: lines[: number - 1] + lines[number:]


def edited(number, **fields):
    def change(lines):
        return [json.dumps(json.loads(line) | fields) if n == number else line for n, line in enumerate(lines, 1)]

    return change


FORGERIES = {
    "first line removed": (without(1), 1),
    "a line removed": (without(2), 21),
    "last line removed": (without(3), 41),
    "a line edited": (edited(2, hash="a" * 64), 21),
    "a line with another seq": (edited(3, seq=50), 41),
    "lines in another order": (lambda lines: [lines[0], lines[2], lines[1]], 21),
    "a line twice": (lambda lines: [*lines, lines[2]], 56),
    "no JSON": (lambda lines: [*lines[:2], "nothing"], 41),
    "all lines removed": (lambda lines: [], 1),
}


def test_a_forged_file_of_checkpoints_is_found(chain):
    """The database is left alone: one copy for all of them."""
    lines, found = chain.file.read_text().splitlines(), {}
    for name, (forge, _) in FORGERIES.items():
        chain.file.write_text("".join(line + "\n" for line in forge(lines)))
        found[name] = [(fault.kind, fault.seq) for fault in chain.report().faults]
    assert found == {name: [(Kind.MISSING if name == "all lines removed" else Kind.FORGED, seq)] for name, (_, seq) in FORGERIES.items()}


def test_a_file_signed_with_another_key_is_found(chain, tmp_path):
    """Whoever rewrote chain and file alike has not the key that the auditor knows."""
    public = tmp_path / "auditor.pem"
    public.write_text(audit_checkpoints.public_text(audit_checkpoints.signing_key(chain.settings).public_key()))
    shutil.rmtree(audit_checkpoints.folder(chain.settings))
    with chain.insider() as connection:
        rewrite(connection, 33)
        run(connection, "DELETE FROM checkpoint_logs")
    runner = chain.app.test_cli_runner()
    assert runner.invoke(args=["audit", "checkpoint"]).exit_code == 0
    assert runner.invoke(args=["audit", "verify"]).exit_code == 0, "the forger's own key agrees with the forger"
    found = runner.invoke(args=["audit", "verify", "--public-key", str(public), "--json"])
    assert (found.exit_code, json.loads(found.output)["faults"][0]["kind"]) == (1, "forged checkpoint")


def test_a_missing_file_is_said(chain):
    runner = chain.app.test_cli_runner()
    chain.file.unlink()
    found = runner.invoke(args=["audit", "verify"])
    assert (found.exit_code, "missing checkpoint" in found.output) == (1, True)
    with chain.insider() as connection:
        run(connection, "DELETE FROM checkpoint_logs")
    found = runner.invoke(args=["audit", "verify"])
    assert "There is no checkpoint" in found.output


def test_the_auditors_own_copy_is_enough(chain, tmp_path):
    """An older copy of the file finds a rewritten chain, though file and head here agree with it."""
    copy = tmp_path / "copy.jsonl"
    copy.write_text("".join(line + "\n" for line in chain.file.read_text().splitlines()[:2]))
    runner = chain.app.test_cli_runner()
    assert runner.invoke(args=["audit", "verify", "--checkpoint", str(copy)]).exit_code == 0
    with chain.insider() as connection:
        rewrite(connection, 33)
    found = runner.invoke(args=["audit", "verify", "--checkpoint", str(copy), "--json"])
    facts = json.loads(found.output)
    assert (found.exit_code, facts["first_bad_seq"], facts["faults"][0]["kind"]) == (1, 33, "rewritten")


def test_the_writer_refuses_to_sign_a_database_that_is_not_the_signed_one(chain):
    with chain.insider() as connection:
        rewrite(connection, 33)
    before = chain.file.read_bytes()
    refused = chain.app.test_cli_runner().invoke(args=["audit", "checkpoint"])
    assert (refused.exit_code, "not the one that was signed" in refused.output) == (1, True)
    assert chain.file.read_bytes() == before
