"""A group of processes lives and ends together."""

import os
import signal
import subprocess
import sys
import time

import pytest

from marketplace.serving import processes
from marketplace.serving.processes import Group

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]
pytestmark = pytest.mark.server


@pytest.fixture
def group():
    group = Group()
    yield group
    group.stop()


def pids(group):
    return [process.pid for _, process in group._running]


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_stopping_ends_all_of_them(group):
    group.start("One", SLEEP, environ=os.environ)
    group.start("Two", SLEEP, environ=os.environ)
    assert group.ended() is None
    group.stop()
    assert [is_alive(pid) for pid in pids(group)] == [False, False]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_nothing_is_left_when_the_group_is_killed():
    owner = "import os, sys; from marketplace.serving.processes import Group; g = Group(); g.start('One', sys.argv[1:], environ=os.environ); print(g._running[0][1].pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", owner, *SLEEP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        child = int(killed.stdout.readline())
        assert is_alive(child)
        killed.kill()
    deadline = time.monotonic() + 20
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def test_the_one_that_ended_by_itself_is_named(group):
    group.start("Long", SLEEP, environ=os.environ)
    group.start("Short", [sys.executable, "-c", ""], environ=os.environ)
    deadline = time.monotonic() + 20
    while group.ended() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert group.ended() == "Short"


def test_one_that_does_not_listen_is_killed(group, monkeypatch, capfd):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    group.start("Deaf", DEAF, environ=os.environ)
    deadline = time.monotonic() + 20
    while "deaf" not in capfd.readouterr().out and time.monotonic() < deadline:
        time.sleep(0.05)
    group.stop()
    assert [is_alive(pid) for pid in pids(group)] == [False]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_ending_asks_the_group_to_stop(group, number):
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        group.stop_on_signals()
        assert not group.asked_to_stop(0)
        os.kill(os.getpid(), number)
        assert group.asked_to_stop(5)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
