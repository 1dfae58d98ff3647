"""Sixteen clients over HTTP against four processes: the total equals the postings and the contracts at every read."""

import threading
import time

import pytest

from tests.conftest import DATABASES
from tests.crash import books
from tests.crash.group import Client, ServerGroup, prepare
from tests.crash.story import Story, facts, in_threads

pytestmark = [pytest.mark.server, pytest.mark.crash]


@pytest.fixture(params=DATABASES)
def stage(request, tmp_path):
    """(database, setting, start): a prepared database, and how to start a group on it."""
    if request.param == "sqlite":
        database = f"sqlite:///{tmp_path}/crash.db"
    else:
        database = f"postgresql://postgres@127.0.0.1:{request.getfixturevalue('durable_postgresql_port')}/postgres"
    setting = prepare(database, tmp_path)
    groups = []

    def start(**options) -> ServerGroup:
        group = ServerGroup(database, tmp_path, **options)
        groups.append(group)
        group.start()
        return group

    yield database, setting, start
    for group in groups:
        group.kill()


def poll(url, setting, database, stop, seen):
    """Read the total over HTTP and the books past it, until told to stop; each must hold by itself and never step back."""
    client = Client(url, setting["clerk"])
    last = 0
    while not stop.is_set():
        answer = client.call("GET", f"/api/v1/fairs/{setting['slug']}/total")
        if answer is not None:
            status, total = answer
            assert status == 200, answer
            parts = sum(cell["total_minor"] for cell in total["breakdowns"]["kind"])
            assert parts == total["headline"]["total_minor"], total
            assert total["as_of_seq"] >= last
            last = total["as_of_seq"]
        books.check(books.read(database))
        seen.append(1)
        time.sleep(0.02)


def test_the_books_hold_at_every_read(stage):
    database, setting, start = stage
    group = start()
    story, stop, seen = Story(group.url, setting), threading.Event(), []

    def live(n):
        for i in range(3):
            story.life(1000 * n + i + 1, void=(n + i) % 4 == 0)

    reader_errors = []

    def read():
        try:
            poll(group.url, setting, database, stop, seen)
        except BaseException as error:
            reader_errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    in_threads([lambda n=n: live(n) for n in range(16)])
    races = [story.race(77) for _ in range(3)]
    stop.set()
    for reader in readers:
        reader.join()
    assert reader_errors == []
    assert story.wrong == []
    assert not any(status >= 500 for status in story.statuses), story.statuses
    for statuses in races:
        assert statuses.count(200) == 1, statuses
        assert set(statuses) <= {200, 409, 412}, statuses
    figures = books.read(database)
    books.check(figures)
    assert figures["contract_sum"] == sum(story.verified.values())
    assert len(seen) > 10


@pytest.mark.timeout(1500)
def test_kill_9_of_the_whole_group_loses_nothing_and_counts_nothing_twice(stage, request):
    database, setting, start = stage
    group = start()
    story, done = Story(group.url, setting), threading.Event()
    kills = 200 if request.config.getoption("--long") else 6
    count = 0

    def live(n):
        i = 0
        while not done.is_set():
            i += 1
            story.life(1000 * n + i, void=(n + i) % 5 == 0)

    def killer():
        nonlocal count
        while count < kills:
            time.sleep(0.5 + 0.1 * (count % 5))
            group.kill()
            count += 1
            group.start()
        done.set()

    in_threads([killer, *(lambda n=n: live(n) for n in range(16))])
    assert count == kills
    assert story.wrong == []
    figures = books.read(database)
    books.check(figures)
    assert figures["contract_sum"] == sum(story.verified.values())
    assert figures["contract_count"] == len(story.verified)
    assert figures["contracts"] == len(story.declared)


def test_without_the_key_a_repeated_request_counts_twice(stage):
    """Negative control: what the test above asserts fails when keys are not kept."""
    database, setting, start = stage
    group = start(application="tests.crash.broken:app", broken="key")
    client, body = Client(group.url, setting["clerk"]), facts(setting["slug"], 5)
    for _ in range(2):
        assert client.call("POST", "/api/v1/contracts", body, key="the-same-key")[0] == 201
    assert books.read(database)["contracts"] == 2


def test_without_the_lock_writers_get_in_each_others_way(stage):
    """Negative control: without row locks (and SQLite's write lock at BEGIN) honest writes of sixteen clients are refused."""
    database, setting, start = stage
    group = start(application="tests.crash.broken:app", broken="lock")
    story = Story(group.url, setting)
    in_threads([lambda n=n: [story.life(1000 * n + i + 1, void=False) for i in range(3)] for n in range(16)])
    assert story.wrong != []
