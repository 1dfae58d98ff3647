"""Writing: whole or not at all, one writer at a time, a rebuild beside the old index."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from marketplace.search import documents, index
from marketplace.search.catalogue import search
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.health import inspect
from marketplace.search.index import IndexUnusable, apply, current, generation, rebuild
from marketplace.search.reader import Reader


def numbers(reader: Reader, text: str = "", kind: Kind = Kind.ACHIEVEMENT) -> set[int]:
    return {hit.id.int for hit in search(reader, kind, text=text, limit=100).hits}


def test_changes_are_seen_by_an_open_reader(root: Path, achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"), achievement(2, "laser"), need(3, "laser"))
    changes = [achievement(1, "wheat"), achievement(4, "laser"), need(5, "laser")]
    assert apply(root, changes, [UUID(int=2), UUID(int=3)], seq=9)
    assert numbers(reader, "laser") == {4}
    assert numbers(reader) == {1, 4}
    assert numbers(reader, "laser", Kind.NEED) == {5}
    assert reader.seq() == 9


def test_the_same_changes_twice_leave_one_of_each(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    for seq in (2, 3):
        apply(root, [achievement(1, "laser"), achievement(2, "laser")], [], seq=seq)
    assert search(reader, Kind.ACHIEVEMENT, text="laser").total == 2


def test_changes_that_another_writer_already_brought_are_left(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"), seq=5)
    assert not apply(root, [achievement(1, "older")], [], seq=5)
    assert not apply(root, [achievement(1, "older")], [], seq=4)
    assert numbers(reader, "laser") == {1}


def test_a_listing_that_does_not_fit_stops_the_whole_batch(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    with pytest.raises(ValueError, match="num"):
        apply(root, [achievement(2, "laser"), ListingDocument(id=UUID(int=3), num=-1, kind=Kind.NEED)], [], seq=2)
    assert (numbers(reader), reader.seq()) == ({1}, 1)


def test_a_failure_while_writing_leaves_the_last_commit_and_frees_the_writer(
    root: Path, achievement: Any, indexed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = indexed(achievement(1, "laser"))

    def fail(state: str) -> None:
        raise RuntimeError(state)

    with monkeypatch.context() as patched:
        patched.setattr(index, "state_document", fail)
        with pytest.raises(RuntimeError) as kept:  # a kept traceback keeps the writer's frame alive
            apply(root, [achievement(2, "laser")], [UUID(int=1)], seq=2)
    assert kept.traceback
    assert (numbers(reader), reader.seq()) == ({1}, 1)
    apply(root, [achievement(2, "laser")], [], seq=2)
    assert numbers(reader) == {1, 2}


def test_changes_need_an_index(root: Path, achievement: Any) -> None:
    with pytest.raises(IndexUnusable) as refusal:
        apply(root, [achievement(1)], [], seq=1)
    assert refusal.value.problem == "missing"


def test_writers_in_threads_wait_for_each_other(root: Path, achievement: Any, indexed: Any) -> None:
    indexed()
    failures: list[Exception] = []

    def write(number: int) -> None:
        try:
            while not apply(root, [achievement(number, "laser")], [], seq=Reader(root).seq() + 1):
                continue
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert numbers(Reader(root)) == {1, 2, 3, 4, 5, 6}
    assert Reader(root).seq() == 7


def test_a_rebuild_replaces_the_generation_and_sweeps_leftovers(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    assert numbers(reader) == {1}
    (root / "gen-1").mkdir()
    (root / "current.new").symlink_to("gen-1")
    lock = (root / "writer.lock").stat().st_ino
    name = rebuild(root, [achievement(2, "laser")], seq=7)
    assert {path.name for path in root.iterdir()} == {name, "current", "writer.lock", "rebuild.lock"}
    assert (root / "writer.lock").stat().st_ino == lock
    assert (numbers(reader), reader.seq()) == ({2}, 7)


def test_a_failed_rebuild_leaves_the_old_index(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))

    def broken() -> Iterator[ListingDocument]:
        yield achievement(2, "laser")
        raise RuntimeError("database gone")

    with pytest.raises(RuntimeError):
        rebuild(root, broken(), seq=2)
    assert numbers(reader) == {1}
    assert len(list(root.glob("gen-*"))) == 1


def test_of_several_that_saw_the_damage_one_rebuilds(root: Path, achievement: Any, indexed: Any) -> None:
    indexed(achievement(1, "laser"))
    seen = generation(root)
    first = rebuild(root, [achievement(2)], seq=2, unless_changed_from=seen)
    second = rebuild(root, iter(lambda: pytest.fail("read again"), None), seq=2, unless_changed_from=seen)
    assert first == second == generation(root) != seen


@pytest.mark.parametrize("copy", [shutil.copytree, lambda source, to: to.write_text("gen-1")], ids=["folder", "file"])
def test_an_index_that_was_copied_without_its_link_is_missing_and_built_again(
    root: Path, achievement: Any, indexed: Any, copy: Callable[[Path, Path], object]
) -> None:
    indexed(achievement(1, "laser"))
    held = current(root)
    (root / "current").unlink()
    copy(held, root / "current")
    assert inspect(root).problem == "missing"
    name = rebuild(root, [achievement(2, "laser")], seq=2)
    assert (generation(root), inspect(root).problem) == (name, None)
    assert numbers(Reader(root), "laser") == {2}


def test_another_version_of_the_index_is_old(
    root: Path, achievement: Any, indexed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(achievement(1, "laser"))
    monkeypatch.setattr(index, "VERSION", "another")
    reader = Reader(root)
    with pytest.raises(IndexUnusable) as refusal:
        reader.snapshot(Kind.ACHIEVEMENT)
    assert refusal.value.problem == reader.problem == inspect(root).problem == "old"
    with pytest.raises(IndexUnusable):
        apply(root, [], [], seq=2)


def test_the_version_sees_a_change_of_the_analyzer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert documents._version() == documents.VERSION
    monkeypatch.setattr(documents, "analyze", str.split)
    assert documents._version() != documents.VERSION


WRITER = """
import sys
from pathlib import Path
from uuid import UUID
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.index import apply, rebuild
from marketplace.search.reader import Reader
root = Path(sys.argv[1])
seq = Reader(root).seq()
while True:
    seq += 1
    batch = [ListingDocument(id=UUID(int=n), num=n, kind=kind, texts=(f"laser v{seq}",))
             for kind, first in ((Kind.ACHIEVEMENT, 1), (Kind.NEED, 100)) for n in range(first, first + 20)]
    if seq % 3:
        apply(root, batch, [], seq=seq)
    else:
        rebuild(root, batch, seq=seq)
    print(seq, flush=True)
"""


@pytest.mark.crash
def test_a_killed_writer_leaves_whole_commits(root: Path, indexed: Any, request: pytest.FixtureRequest) -> None:
    """Killed while it commits changes or builds anew; the next one goes on where it was, without a hand."""
    reader, chance = indexed(), random.Random(11)
    kills = request.config.getoption("--kills") // 4 if request.config.getoption("--long") else 4
    for delay in (chance.uniform(0, 0.15) for _ in range(kills)):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        acknowledged = int(writer.stdout.readline())
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout.read().split())])
        writer.stdout.close()
        writer.wait()
        assert inspect(root).problem is None
        assert acknowledged <= reader.seq() <= acknowledged + 1
        for kind in Kind:
            seq = reader.snapshot(kind).seq
            assert seq - reader.seq() in (0, 1)
            assert search(reader, kind, text=f"v{seq}").total == search(reader, kind).total == 20
    rebuild(root, [], seq=reader.seq() + 1)
    assert [path.name for path in root.glob("gen-*")] == [current(root).name]  # what a killed rebuild left is swept
