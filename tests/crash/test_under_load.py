"""Sixteen clients over HTTP against four processes: the total equals the postings and the contracts at every read."""

import statistics
import threading
import time

import pytest

from tests.conftest import DATABASES
from tests.crash import books, found
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


class Readers:
    """Two who read all the while: the total over HTTP, and the books past it with SQL of their own. Each look must hold by itself."""

    def __init__(self, group, setting, database):
        self.group, self.setting, self.database = group, setting, database
        self.stop, self.lock = threading.Event(), threading.Lock()
        self.torn: list[str] = []
        self.looks, self.remembered = 0, dict[int, dict]()
        self.threads = [threading.Thread(target=self.watch) for _ in range(2)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_failure):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def total(self, more=""):
        return Client(self.group.url, self.setting["clerk"]).call("GET", f"/api/v1/fairs/{self.setting['slug']}/total{more}")

    def watch(self) -> None:
        """A number that a reader has seen is never taken back, and none below it is missing."""
        last = 0
        while not self.stop.is_set():
            try:
                if (answer := self.total()) is not None:
                    last = self.look_at(*answer, last)
                books.check(books.read(self.database))
            except Exception as error:
                self.torn.append(repr(error)[:500])
            self.looks += 1
            time.sleep(0.05)

    def look_at(self, status, total, last) -> int:
        assert status == 200, (status, total)
        parts = sum(cell["total_minor"] for cell in total["breakdowns"]["kind"])
        assert parts == total["headline"]["total_minor"], total
        assert total["as_of_seq"] >= last, (total["as_of_seq"], last)
        with self.lock:
            told = self.remembered.setdefault(total["as_of_seq"], total["headline"])
        assert told == total["headline"], (told, total["headline"])
        return total["as_of_seq"]

    def changed(self, most=40) -> list[int]:
        """Numbers whose total is another today than it was when it was read; a sample."""
        asked = sorted(self.remembered)[:: max(1, len(self.remembered) // most)]
        told = {seq: self.total(f"?as_of_seq={seq}") for seq in asked}
        return [seq for seq, answer in told.items() if answer is None or answer[1].get("headline") != self.remembered[seq]]


def test_the_books_hold_at_every_read(stage):
    """Sixteen writers without a fault; of equal transitions at once exactly one is taken."""
    database, setting, start = stage
    group = start()
    story = Story(group.url, setting)

    def live(n):
        for i in range(3):
            story.life(1000 * n + i + 1, void=(n + i) % 4 == 0)

    with Readers(group, setting, database) as readers:
        in_threads([lambda n=n: live(n) for n in range(16)])
        races = [story.race(77), story.race(78, takers=16)]
    assert readers.torn == []
    assert story.wrong == []
    assert not any(status >= 500 for status in story.statuses), story.statuses
    for steps in races:
        for step, statuses in steps.items():
            assert statuses.count(200) == 1, (step, statuses)
            assert set(statuses) <= {200, 409, 412}, (step, statuses)
    figures = books.read(database)
    books.check(figures)
    assert figures["contract_sum"] == sum(story.verified.values())
    assert readers.looks > 10
    assert readers.changed() == []
    assert found.own_checks(group) == []


@pytest.mark.timeout(1500)
def test_kill_9_of_the_whole_group_loses_nothing_and_counts_nothing_twice(stage, request, record_property):
    """Killed after each second of readiness; the long form as often, and with as many writes, as the product promises."""
    database, setting, start = stage
    long, kills = request.config.getoption("--long"), request.config.getoption("--kills")
    least, writes = (kills, 50 * kills) if long else (6, 0)
    group = start()
    story, done = Story(group.url, setting), threading.Event()
    ready: list[float] = []

    def live(n):
        i = 0
        while not done.is_set():
            i += 1
            story.life(1000 * n + i, void=(n + i) % 5 == 0)

    def killer():
        try:
            while len(ready) < least or story.acknowledged < writes:
                time.sleep(1 if long else 0.5 + 0.1 * (len(ready) % 5))
                group.kill()
                ready.append(group.start())
        finally:
            done.set()

    with Readers(group, setting, database) as readers:
        in_threads([killer, *(lambda n=n: live(n) for n in range(16))])
    faults = found.compare(story, database)
    record_property("summary", (
        f"{database.partition(':')[0]}: {len(ready)} kills, {story.acknowledged} acknowledged writes, {faults['lost']} lost, {faults['double']} double, "
        f"{len(story.wrong)} unresolved ({story.resolved} without an answer at first), {readers.looks} reads, {len(readers.torn)} torn; "
        f"ready again after {statistics.median(ready):.1f} s (at most {max(ready):.1f} s), answered after at most {story.slowest:.1f} s"
    ))  # fmt: skip
    assert story.wrong == []
    assert (faults["lost"], faults["double"], readers.torn) == (0, 0, [])
    assert story.resolved >= least, "no write was in flight when the group was killed"
    assert readers.looks > least
    assert story.slowest < 60
    if long:
        assert (len(ready) >= kills, story.acknowledged >= 50 * kills) == (True, True)
        assert max(ready) <= 5
    figures = books.read(database)
    books.check(figures)
    assert figures["contract_sum"] == sum(story.verified.values())
    assert figures["contract_count"] == len(story.verified)
    assert figures["contracts"] == len(story.declared)
    assert readers.changed() == []
    assert found.own_checks(group) == []


def test_what_was_acknowledged_is_there_when_the_group_is_killed_in_the_next_moment(stage):
    database, setting, start = stage
    group = start()
    for n in range(3):
        story = Story(group.url, setting)
        url = story.declare(n + 1)
        group.kill()
        assert url is not None, story.wrong
        assert found.contracts(database)[url.rpartition("/")[2]] == ("declared", (n + 1) * 100)
        group.start()


def test_a_write_cut_off_is_made_once_by_the_same_key(stage):
    """Killed at some moment of the request: the same key again gives one definite answer, and there is one effect."""
    database, setting, start = stage
    group = start()
    client = Client(group.url, setting["clerk"])
    for n, seconds in enumerate((0.001, 0.01, 0.02, 0.04)):
        body, key, first = facts(setting["slug"], n + 1), f"cut-{n}", []
        client.call("GET", "/readyz")
        asking = threading.Thread(target=lambda body=body, key=key, first=first: first.append(client.call("POST", "/api/v1/contracts", body, key=key)))
        asking.start()
        time.sleep(seconds)
        group.kill()
        asking.join()
        group.start()
        began = time.monotonic()
        status, made = client.until_answered("POST", "/api/v1/contracts", body, key=key)
        assert (status, time.monotonic() - began < 30) == (201, True), made
        assert first[0] in (None, (status, made))
        assert client.call("POST", "/api/v1/contracts", body, key=key) == (status, made)
        assert len(found.contracts(database)) == n + 1


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
