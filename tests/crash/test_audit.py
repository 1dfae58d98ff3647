"""The audit chain of a started server: signed while it writes, whole after kill -9, and an insider with its database is found."""

import json
import threading
import time

import pytest
from sqlalchemy import create_engine, text

from config import sqlalchemy_url
from marketplace.core import appendonly
from marketplace.core.db import db
from tests.conftest import DATABASES
from tests.crash.found import application
from tests.crash.group import Client, ServerGroup, prepare
from tests.crash.story import facts

pytestmark = [pytest.mark.server, pytest.mark.crash]


@pytest.fixture(params=DATABASES)
def stage(request, tmp_path):
    """(group, the clerk's client): started, with a checkpoint due after a second."""
    if request.param == "sqlite":
        database = f"sqlite:///{tmp_path}/crash.db"
    else:
        database = f"postgresql://postgres@127.0.0.1:{request.getfixturevalue('durable_postgresql_port')}/postgres"
    setting = prepare(database, tmp_path)
    group = ServerGroup(database, tmp_path)
    group.environ |= {"CHECKPOINT_SECONDS": "1"}
    group.start()
    yield group, Client(group.url, setting["clerk"]), setting["slug"]
    group.kill()


@pytest.fixture
def verified(stage):
    """What an auditor sees beside the running server: the status and the findings of `flask audit verify`."""
    app = application(stage[0])

    def look() -> tuple[int, dict]:
        told = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])
        assert told.stdout, told.exception
        return told.exit_code, json.loads(told.stdout)

    yield look
    with app.app_context():
        db.engine.dispose()


def test_checkpoints_appear_and_the_chain_holds_while_the_server_writes_and_after_kill_9(stage, verified):
    group, client, slug = stage
    ended, acknowledged = threading.Event(), []

    def write(writer: int) -> None:
        n = 0
        while not ended.is_set():
            n += 1
            answer = client.call("POST", "/api/v1/contracts", facts(slug, n), key=f"audit-{writer}-{n}")
            if answer is not None and answer[0] == 201:
                acknowledged.append(answer[1]["id"])

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    file = group.folder / "checkpoints" / "checkpoints.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (file.exists() and file.read_bytes().count(b"\n") >= 2):
        time.sleep(0.2)
    looks = [verified()]
    before = len(acknowledged)
    while time.monotonic() < deadline and len(acknowledged) < before + 8:  # so many that some were not sent yet at the first look
        time.sleep(0.05)
    looks.append(verified())
    group.kill()
    ended.set()
    for writer in writers:
        writer.join()
    for status, report in [*looks, verified()]:
        assert (status, report["faults"]) == (0, []), report
        assert report["checkpoint"]["line"] >= 2
    assert looks[0][1]["rows"] < looks[1][1]["rows"], "it wrote all the while"
    engine = create_engine(sqlalchemy_url(group.database))
    with engine.begin() as connection:
        subjects = set(connection.execute(text("SELECT subject FROM audit_rows WHERE action = 'contracts.declare'")).scalars())
        assert {f"contract:{one}" for one in acknowledged} <= subjects, "nothing acknowledged without its row"
        assert connection.execute(text("SELECT count(*) FROM contracts")).scalar() == len(subjects), "no row without its change"
        for statement in appendonly.removals("audit_rows", engine.dialect.name):
            connection.execute(text(statement))
        seq = looks[0][1]["checkpoint"]["seq"] - 3
        connection.execute(text("UPDATE audit_rows SET action = 'contracts.verify' WHERE seq = :seq"), {"seq": seq})
    engine.dispose()
    status, report = verified()
    assert (status, report["first_bad_seq"], report["faults"][0]["kind"]) == (1, seq, "edited")
