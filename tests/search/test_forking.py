"""The engine hangs in the child of a process that used it: the child is told so, and nobody uses it before the fork."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from marketplace.search.documents import Kind
from marketplace.search.forking import UsedBeforeFork
from marketplace.search.health import inspect
from marketplace.search.index import apply, rebuild
from marketplace.search.reader import Reader

REFUSED = 7


def outcome_in_child(work: Callable[[], Any]) -> int:
    """Exit code of a forked child that does `work`: 0 done, REFUSED; a child that hangs is killed by its alarm."""
    child = os.fork()
    if not child:
        signal.alarm(20)
        try:
            work()
        except UsedBeforeFork:
            os._exit(REFUSED)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("work", ["the parent's reader", "a new reader", "apply", "rebuild", "inspect"])
def test_after_a_fork_every_use_is_refused_rather_than_hang(
    root: Path, achievement: Any, indexed: Any, work: str
) -> None:
    reader = indexed(achievement(1, "laser"))
    assert reader.seq() == 1
    does: dict[str, Callable[[], Any]] = {
        "the parent's reader": reader.seq,
        "a new reader": lambda: Reader(root).seq(),
        "apply": lambda: apply(root, [achievement(2)], [UUID(int=1)], seq=2),
        "rebuild": lambda: rebuild(root, [achievement(2)], seq=2),
        "inspect": lambda: inspect(root),
    }
    assert outcome_in_child(does[work]) == REFUSED
    assert reader.snapshot(Kind.ACHIEVEMENT).seq == 1


UNUSED = """
import os, sys
from pathlib import Path
from config import Config
from marketplace import create_app
from marketplace.search import forking
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader

folder = Path(sys.argv[1])
create_app(Config(testing=True, secret_key="x" * 40, database_url=f"sqlite:///{folder}/test.db",
                  index_dir=folder / "index", upload_dir=folder / "uploads"))
assert not forking.used()
assert not list((folder / "index").glob("*"))
children = []
for number in range(2):
    child = os.fork()
    if not child:
        rebuild(folder / "index", [], seq=number + 1)
        os._exit(0 if Reader(folder / "index").seq() else 1)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def test_making_the_application_leaves_the_index_to_the_children(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNUSED, str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "[0, 0]", ran.stderr
