"""Checkpoints: when they are written and by whom, the key, and a database that is put back on purpose."""

import json
import threading
from datetime import timedelta

import pytest

from marketplace.core import audit_checkpoints, audit_signing
from marketplace.core.audit import CheckpointLog
from marketplace.core.audit_faults import Kind
from marketplace.core.clock import now
from marketplace.core.db import db
from tests.conftest import DATABASES
from tests.core.audit_house import OLDER, ROWS, book, house


@pytest.fixture(scope="module", params=DATABASES)
def built(request, tmp_path_factory):
    port = request.getfixturevalue("postgresql_port") if request.param != "sqlite" else None
    with house(request.param, tmp_path_factory.mktemp("house"), port) as found:
        yield found


@pytest.fixture
def chain(built):
    built.fresh()
    return built


def lines(chain):
    return [json.loads(line) for line in chain.file.read_text().splitlines()]


def run(chain, *words):
    return chain.app.test_cli_runner().invoke(args=list(words))


def test_a_line_states_the_end_of_the_chain_and_follows_the_line_before(chain):
    before = lines(chain)
    made = run(chain, "audit", "checkpoint", "--json")
    assert json.loads(made.output)["seq"] == ROWS
    after = lines(chain)
    assert after[:3] == before
    assert (after[3]["line"], after[3]["start"], after[3]["seq"], len(after[3]["rows"])) == (4, 56, ROWS, 5 * 8)
    assert run(chain, "audit", "checkpoint").exit_code == 0
    assert lines(chain) == after, "nothing new, no line"
    assert chain.report().faults == []


def test_the_key_is_made_once_and_readable_by_its_owner_only(chain):
    path = audit_checkpoints.key_file(chain.settings)
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert "BEGIN PUBLIC KEY" in run(chain, "audit", "key").output
    path.chmod(0o640)
    refused = run(chain, "audit", "checkpoint")
    assert (refused.exit_code, "can be read by others" in refused.output) == (1, True)
    path.chmod(0o600)
    kept = path.read_bytes()
    path.unlink()
    refused = run(chain, "audit", "checkpoint")
    assert (refused.exit_code, "put the key back" in refused.output) == (1, True), "a second key would part the file in two"
    assert not path.exists()
    path.write_bytes(kept)


@pytest.mark.parametrize(
    ("age", "new", "written"),
    [(1, 5, False), (29, 5, False), (31, 5, True), (1, 999, False), (1, 1000, True), (-5, 1, True)],
    ids=lambda value: str(value),
)
def test_a_clock_signs_what_is_new_after_half_a_minute_or_a_thousand_rows(chain, age, new, written):
    newest = audit_checkpoints.last(chain.file)
    old = audit_checkpoints.Line(**{**{name: getattr(newest, name) for name in newest.__slots__}, "at": (now() - timedelta(seconds=age)).isoformat()})
    assert audit_signing._due(old, new, chain.settings) is written


def test_the_clocked_task_signs_and_says_once_why_it_cannot(chain, caplog, monkeypatch):
    monkeypatch.setattr(audit_signing, "_said", {})
    db.session.remove()
    audit_signing.tick()
    assert lines(chain)[-1]["seq"] == 55, "not due yet"
    newest = lines(chain)[-1] | {"at": (now() - timedelta(minutes=1)).isoformat()}
    key = audit_checkpoints.signing_key(chain.settings)
    older = audit_checkpoints.Line(**newest).signed(key)
    chain.file.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines(chain)[:-1]) + older.text() + b"\n")
    audit_signing.tick()
    assert lines(chain)[-1]["seq"] == ROWS
    chain.fresh("older")
    for _ in range(3):
        audit_signing.tick()
    assert [record.levelname for record in caplog.records if "no checkpoint is written" in record.message] == ["ERROR"]


def test_many_rows_are_signed_a_thousand_a_line(chain, monkeypatch):
    monkeypatch.setattr(audit_signing, "ROWS_EACH", 2)
    audit_signing.write()
    assert [(line["start"], line["seq"]) for line in lines(chain)[3:]] == [(56, 57), (58, 59), (60, 60)]
    assert chain.report().faults == []


def test_writers_at_the_same_time_make_one_line_of_lines(chain):
    """Every process that could write takes the same lock; without it two would sign different lines of the same number."""
    errors = []

    def work(name):
        with chain.app.app_context():
            try:
                for number in range(5):
                    book(1000 * (name + 1) + number)
                    audit_signing.write()
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [line["line"] for line in lines(chain)] == list(range(1, len(lines(chain)) + 1))
    report = chain.report()
    assert (report.faults, report.rows) == ([], ROWS + 20)


def test_a_line_torn_by_a_crash_is_written_anew(chain):
    whole = chain.file.read_bytes()
    chain.file.write_bytes(whole + b'{"line": 4, "se')
    assert chain.report().faults == []
    audit_signing.write()
    assert chain.file.read_bytes().startswith(whole + b"{")
    assert (chain.report().faults, lines(chain)[-1]["line"]) == ([], 4)


def test_a_file_that_is_lost_for_good_is_given_up_by_name(chain):
    chain.file.unlink()
    refused = run(chain, "audit", "checkpoint")
    assert (refused.exit_code, "put it back" in refused.output) == (1, True)
    assert run(chain, "audit", "checkpoint", "--new-file").exit_code == 0
    assert (lines(chain)[0]["line"], lines(chain)[-1]["seq"], run(chain, "audit", "verify").exit_code) == (1, ROWS + 1, 0)
    assert run(chain, "audit", "checkpoint", "--new-file").exit_code == 1
    assert [row.lines for row in db.session.query(CheckpointLog)] == [1]


def test_an_older_backup_is_put_back_only_when_that_is_accepted(chain, tmp_path):
    archive = tmp_path / "older.tar"
    chain.fresh("older")
    assert run(chain, "backup", str(archive)).exit_code == 0
    chain.fresh()
    refused = run(chain, "restore", str(archive), "--replace")
    assert (refused.exit_code, "ends at audit row 30, but row 55 was signed" in refused.output) == (1, True)
    assert chain.report().rows == ROWS, "nothing was changed"
    done = run(chain, "restore", str(archive), "--replace", "--accept-rollback")
    assert (done.exit_code, "given up" in done.output) == (0, True), done.output
    assert [line["kind"] for line in lines(chain)][3:] == ["rollback", "checkpoint"]
    report = chain.report()
    assert (report.faults, report.rows) == ([], OLDER + 1)
    with chain.app.app_context():
        for number in range(100, 130):
            book(number)
        audit_signing.write()
    report = chain.report()
    assert (report.faults, report.rows) == ([], OLDER + 31)
    assert any("from row 55 to row 30" in note for note in report.notes)


def test_after_an_accepted_rollback_tampering_is_still_found(chain):
    chain.fresh("older")
    with chain.app.app_context():
        audit_signing.accept_rollback()
        for number in range(100, 130):
            book(number)
        audit_signing.write()
    with chain.insider() as connection:
        connection.exec_driver_sql("UPDATE audit_rows SET subject = 'thing:99' WHERE seq = 45")
    assert [(fault.kind, fault.seq) for fault in chain.report().faults] == [(Kind.EDITED, 45)]


def test_a_backup_as_new_as_the_checkpoints_needs_no_acceptance(chain, tmp_path):
    archive = tmp_path / "now.tar"
    assert run(chain, "backup", str(archive)).exit_code == 0
    assert run(chain, "restore", str(archive), "--replace").exit_code == 0
    assert (chain.report().faults, lines(chain)[-1]["seq"]) == ([], ROWS)


def test_a_restored_database_without_its_file_of_checkpoints_says_so(chain, tmp_path):
    archive = tmp_path / "now.tar"
    assert run(chain, "backup", str(archive)).exit_code == 0
    chain.file.unlink()
    done = run(chain, "restore", str(archive), "--replace")
    assert (done.exit_code, "No checkpoint was written" in done.output) == (0, True)
    found = run(chain, "audit", "verify")
    assert (found.exit_code, "missing checkpoint" in found.output) == (1, True)
