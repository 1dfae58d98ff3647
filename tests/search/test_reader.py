"""Reading: new commits at the next look, the last good state through damage, several threads."""

import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from marketplace.search.catalogue import search
from marketplace.search.clauses import exactly
from marketplace.search.documents import Kind
from marketplace.search.health import damaged, inspect
from marketplace.search.index import IndexUnusable, apply, current, rebuild
from marketplace.search.reader import Reader


def found(reader: Reader) -> list[int]:
    return [hit.id.int for hit in search(reader, Kind.ACHIEVEMENT, text="laser").hits]


def replaced(path: Path, data: bytes) -> None:
    """A new file: truncating a mapped one would kill the reader."""
    path.unlink()
    path.write_bytes(data)


def test_a_missing_index_is_reported_and_picked_up_once_it_is_there(root: Path, achievement: Any) -> None:
    reader = Reader(root)
    with pytest.raises(IndexUnusable) as refusal:
        reader.snapshot(Kind.ACHIEVEMENT)
    assert refusal.value.problem == reader.problem == "missing"
    assert reader.needs_rebuild
    assert inspect(root).problem == "missing"
    rebuild(root, [achievement(1, "laser")], seq=3)
    assert reader.seq() == 3
    assert reader.problem is None


def test_an_index_removed_under_a_reader_still_serves(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    assert reader.seq() == 1
    shutil.rmtree(root)
    assert found(reader) == [1]
    assert reader.problem == "missing"


def test_damage_keeps_the_last_good_state_until_the_rebuild(
    root: Path, achievement: Any, indexed: Any
) -> None:
    reader = indexed(achievement(1, "laser"))
    assert reader.seq() == 1
    replaced(current(root) / "achievement" / "meta.json", b'{"segments": [')
    assert found(reader) == [1]
    assert reader.problem == "damaged"
    with pytest.raises(IndexUnusable):
        Reader(root).snapshot(Kind.ACHIEVEMENT)
    assert inspect(root).problem == "damaged"
    rebuild(root, [achievement(3, "laser")], seq=4)
    assert found(reader) == [3]
    assert reader.problem is None


@pytest.mark.parametrize("part", ["fast", "fieldnorm", "idx", "store", "term"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_damage_of_any_file_is_found(root: Path, achievement: Any, indexed: Any, part: str, damage: str) -> None:
    indexed(*(achievement(number, "laser welding of steel", trl=number % 9) for number in range(1, 50)))
    (file,) = (current(root) / "achievement").glob(f"*.{part}")
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        replaced(file, whole[:-9] if damage == "cut" else bytes([whole[0] ^ 1]) + whole[1:])
    assert damaged(current(root) / "achievement") == [file.name]
    health = inspect(root)
    assert (health.problem, health.needs_rebuild) == ("damaged", True)
    assert file.name in health.detail


def test_a_whole_index_is_healthy_and_counts_what_it_holds(
    root: Path, achievement: Any, need: Any, indexed: Any
) -> None:
    indexed(*(achievement(number, "laser") for number in range(1, 31)), need(99, "laser"))
    health = inspect(root)
    assert (health.problem, health.listings, health.seq, health.needs_rebuild) == (None, 31, 1, False)
    apply(root, [achievement(number, "wheat") for number in range(1, 7)], [], seq=2)
    health = inspect(root)
    assert (health.listings, health.seq) == (31, 2)
    assert health.deleted_share > 0.1
    assert health.needs_rebuild


def test_threads_read_while_another_writes(root: Path, achievement: Any, indexed: Any) -> None:
    reader = indexed(achievement(1, "laser"))
    done = threading.Event()
    failures: list[Exception] = []
    seen: list[int] = []

    def read() -> None:
        last = 0
        try:
            while not done.is_set():
                snapshot = reader.snapshot(Kind.ACHIEVEMENT)
                held = snapshot.count(exactly("words", "laser"))
                assert held == snapshot.seq >= last
                last = held
            seen.append(last)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2, 12):
        if number == 6:
            rebuild(root, [achievement(n, "laser") for n in range(1, 7)], seq=number)
        else:
            apply(root, [achievement(number, "laser")], [], seq=number)
    reader.seq()
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(seen) == 4
    assert reader.seq() == 11
