"""Real processes: a change is seen by all of them within two seconds, and one at a time writes."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import Config
from marketplace import create_app
from marketplace.core.db import db, transaction
from marketplace.listings import drafting, entering
from marketplace.listings.models import Kind
from marketplace.reviews import deciding
from tests.listings.factories_listings import COMPLETE, Market, make_market

SECRET = "for-tests-only-0123456789abcdef-ABCDEF"
PROCESSES = 3
WEB_PROCESS = """
import os, sys, time
from wsgi import app
from marketplace.core.jobs import start_runner
from marketplace.listings import indexing
from marketplace.search.catalogue import search
from marketplace.search.documents import Kind
from marketplace.search.index import IndexUnusable

log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def noted(work):
    def do(*arguments, **more):
        os.write(log, f"begin {os.getpid()}\\n".encode())
        try:
            return work(*arguments, **more)
        finally:
            os.write(log, f"end {os.getpid()}\\n".encode())
    return do

indexing.index.apply, indexing.index.rebuild = noted(indexing.index.apply), noted(indexing.index.rebuild)
start_runner(app)
seen = -1
with app.app_context():
    while True:
        try:
            total = search(indexing.reader(), Kind.ACHIEVEMENT, text="laser").total
        except IndexUnusable:
            total = -1
        if total != seen:
            print("seen", total, time.time(), flush=True)
            seen = total
        time.sleep(0.02)
"""


@contextmanager
def web_processes(folder: Path, environ: dict[str, str]):
    command = [sys.executable, "-c", WEB_PROCESS, str(folder / "writers.log")]
    running = []
    for number in range(PROCESSES):
        with open(folder / f"seen-{number}", "wb") as seen:
            running.append(subprocess.Popen(command, stdout=seen, env=os.environ | environ, cwd=Path(__file__).parents[2]))
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def seen_at(folder: Path, total: int) -> list[float]:
    """When each process first saw `total` listings, waiting until all did."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        seen = [moments_of(folder / f"seen-{number}") for number in range(PROCESSES)]
        if all(total in moments for moments in seen):
            return [moments[total] for moments in seen]
        time.sleep(0.05)
    raise AssertionError(f"not every process saw {total} listings: {seen}")


def moments_of(file: Path) -> dict[int, float]:
    """{number of listings: when}; between the lines stand mails, and the last one may be half written."""
    lines = [line.split() for line in file.read_text().split("\n")[:-1]]
    return {int(words[1]): float(words[2]) for words in lines if words[:1] == ["seen"]}


def publish(market: Market, title: str) -> None:
    """In one transaction, as a request does it: others write at the same time."""
    with transaction():
        listing = drafting.create(Kind.ACHIEVEMENT, COMPLETE[Kind.ACHIEVEMENT] | {"title_en": title}, by=market.by)
        entry = entering.submit(listing.id, fair_slug=market.fair.slug, segment_code=market.segment.code, by=market.by)
        deciding.publish(entry.id, by=market.judge)


@pytest.fixture
def product(tmp_path):
    """An application of its own with committed data: other processes see nothing of a test's transaction."""
    settings = {
        "secret_key": SECRET,
        "database_url": f"sqlite:///{tmp_path}/test.db",
        "index_dir": tmp_path / "index",
        "upload_dir": tmp_path / "up",
    }
    app = create_app(Config(testing=True, password_cost="low", **settings))
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_every_process_sees_a_change_within_two_seconds_and_one_writes_at_a_time(product, tmp_path):
    market = make_market()
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/test.db", "SECRET_KEY": SECRET, "INSTANCE_DIR": str(tmp_path), "PYTHONPATH": "."}
    took = []
    with web_processes(tmp_path, environ):
        seen_at(tmp_path, 0)  # the missing index was built, by whichever came first
        for number in range(1, 5):
            publish(market, f"Laser {number}")
            began = time.time()
            took.append(max(seen_at(tmp_path, number)) - began)
    assert min(took) < 2, took  # of several, so that a busy machine does not decide
    writing = [line.split() for line in (tmp_path / "writers.log").read_text().splitlines()]
    assert len(writing) >= 8  # the building and three changes at least: the last may have been cut off
    assert overlaps(writing) == []


def overlaps(writing: list[list[str]]) -> list[str]:
    """Who began while another process wrote; a process that builds the index anew takes in what changes meanwhile itself."""
    found, writer, depth = [], "", 0
    for what, process in writing:
        if depth and process != writer:
            found.append(f"{process} beside {writer}")
        writer = process
        depth += 1 if what == "begin" else -1
    return found


def test_a_second_writer_would_be_noticed():
    alone = [["begin", "1"], ["begin", "1"], ["end", "1"], ["end", "1"], ["begin", "2"], ["end", "2"]]
    assert overlaps(alone) == []
    assert overlaps([["begin", "1"], ["begin", "2"], ["end", "1"], ["end", "2"]]) != []
    assert overlaps([["begin", "1"], ["begin", "1"], ["end", "1"], ["begin", "2"]]) == ["2 beside 1"]
