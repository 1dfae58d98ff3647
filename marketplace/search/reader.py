"""Reads the index: one reader per process, which sees a commit of any other process at its next look."""

import json
import os
import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import tantivy
from tantivy import Query

from marketplace.search import forking
from marketplace.search.bm25 import Statistics
from marketplace.search.documents import SCHEMA, Kind, term
from marketplace.search.index import IndexUnusable, generation, state_of

SLACK = 30  # hits beyond the limit, so that equals at its edge are ordered by id
_REMEMBERED_TERMS = 200_000
_REMEMBERED_ANSWERS = 2_000
_ATTEMPTS = 3
_Key = tuple[int, int, int]
_UNSEEN: _Key = (0, 0, 0)
Scored = tuple[Any, tantivy.DocAddress]
Row = tuple[Any, UUID, int]
Answer = TypeVar("Answer")


def rounded(score: float) -> float:
    """Return a score in the five significant digits in which scores compare."""
    return float(f"{score:.5g}") if isinstance(score, float) else score


@dataclass(frozen=True, slots=True)
class Hit:
    """A listing that was found; `score` has five significant digits and compares within one generation only."""

    id: UUID
    score: float


class Frequencies(dict[str, int]):
    """Number of documents by token of one ranked field, each asked of the index once."""

    def __init__(self, searcher: tantivy.Searcher, name: str) -> None:
        super().__init__()
        self._searcher, self._name = searcher, name

    def __missing__(self, token: str) -> int:
        found = self._searcher.doc_freq(self._name, term(self._name, token))
        if len(self) < _REMEMBERED_TERMS:
            self[token] = found
        return found


@dataclass(slots=True)
class Snapshot:
    """One kind's index as it stood after one commit; safe to use from several threads, and after newer commits."""

    kind: Kind
    searcher: tantivy.Searcher
    generation: str
    seq: int
    _frequencies: dict[str, "Frequencies"] = field(default_factory=dict, repr=False)
    _statistics: dict[str, Statistics] = field(default_factory=dict, repr=False)
    _answers: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, compute: Callable[[], Answer]) -> Answer:
        """Return what `compute` gave for `key` the first time: this state does not change, and what is kept goes with it."""
        found = self._answers.get(key, self)
        if found is self:
            if len(self._answers) >= _REMEMBERED_ANSWERS:
                self._answers.clear()
            found = self._answers[key] = compute()
        return found  # type: ignore[no-any-return]

    def frequencies(self, name: str) -> "Frequencies":
        """Return in how many documents the ranked field `name` holds each token: a mapping that asks when asked."""
        return self._frequencies.setdefault(name, Frequencies(self.searcher, name))

    def statistics(self, name: str, tokens: Iterable[str]) -> Statistics | None:
        """Return the numbers behind the scores of field `name`; None when no listing has any of `tokens` there.

        The engine tells the average length only in an explanation, so one is asked for per field.
        """
        for token in () if name in self._statistics else tokens:
            query = Query.term_query(SCHEMA, name, term(name, token), "freq")
            hits = self.searcher.search(query, 1, count=False).hits
            if hits:
                self._statistics[name] = _read_statistics(query.explain(self.searcher, hits[0][1]).to_json())
                break
        return self._statistics.get(name)

    def search(self, query: Query, limit: int, *, order_by: str | None = None) -> list[tuple[float, UUID, int]]:
        """Return the first `limit` listings as (score or value of the field `order_by`, id, num), largest first.

        Equals come in the order of their ids, and scores count as equal in five significant digits: sums of 32-bit
        floats differ in the last places from one way of building the index to another.
        """
        most = self.searcher.num_docs + 1
        fetched = limit + SLACK
        while True:
            fetched = min(fetched, most)  # the engine reserves room for all that it is asked for
            hits = self.hits(query, fetched, order_by=order_by)
            keys = [key if order_by else rounded(key) for key, _ in hits]
            if len(hits) < fetched or len(keys) <= limit or keys[-1] != keys[limit - 1]:
                break
            fetched *= 4  # the limit falls among equals that are not all here
        return self.rows([(key, address) for key, (_, address) in zip(keys, hits, strict=True)])[:limit]

    def rows(self, hits: list["Scored"]) -> list["Row"]:
        """Return (score or value, id, num) of each hit, largest first, equals in the order of their ids."""
        addresses = [address for _, address in hits]
        columns = (self.searcher.fast_field_values(name, addresses) for name in ("id_high", "id_low", "num"))
        rows = [
            (rounded(key), UUID(int=int(high) << 64 | int(low)), int(num))
            for (key, _), high, low, num in zip(hits, *columns, strict=True)
        ]
        return sorted(rows, key=lambda row: (-row[0], row[1]))

    def nums(self, addresses: list[tantivy.DocAddress]) -> list[int]:
        """Return the `num` of each of the listings at `addresses`."""
        return [int(num or 0) for num in self.searcher.fast_field_values("num", addresses)]

    def count(self, query: Query) -> int:
        """Return how many documents `query` selects."""
        return int(self.searcher.search(query, 1).count)  # type: ignore[attr-defined]  # missing in the engine's stub

    def hits(self, query: Query, limit: int, *, order_by: str | None = None) -> list["Scored"]:
        """Return the first `limit` as the engine gives them: (score or value, address). Raises IndexUnusable."""
        try:
            return self.searcher.search(query, limit, count=False, order_by_field=order_by).hits
        except ValueError as error:
            raise IndexUnusable("damaged", str(error)) from error


def stamp(root: Path) -> tuple[_Key | None, ...]:
    """Return what is equal until a commit, a rebuild or damage changes any kind's index: the cost of a stat of each."""
    return tuple(_look(root, kind) for kind in Kind)


def _look(root: Path, kind: Kind) -> _Key | None:
    try:
        seen = os.stat(root / "current" / kind / "meta.json")
    except OSError:
        return None
    return seen.st_ino, seen.st_mtime_ns, seen.st_size


class Reader:
    """Gives the newest snapshot at the cost of one stat (5 µs), and the last good one when the index is damaged.

    `problem` is None, or why the index must be rebuilt: `missing`, `old` or `damaged`. Safe between threads. Each
    process needs its own, first used after the fork: the engine may hang in the child of a process that has used it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pid: int | None = None
        self._lock = threading.Lock()
        self._keys: dict[Kind, _Key | None] = dict.fromkeys(Kind, _UNSEEN)
        self._snapshots: dict[Kind, Snapshot | None] = dict.fromkeys(Kind)
        self._problems: dict[Kind, str | None] = dict.fromkeys(Kind)
        self._indexes: dict[Kind, tuple[str, tantivy.Index] | None] = dict.fromkeys(Kind)

    @property
    def problem(self) -> str | None:
        """Why the index must be rebuilt, None when it need not be; up to date after a call of `snapshot` or `seq`."""
        return next((self._problems[kind] for kind in Kind if self._problems[kind]), None)

    @property
    def needs_rebuild(self) -> bool:
        """Whether the index was found missing, old or damaged."""
        return self.problem is not None

    def seq(self) -> int:
        """Return the number of the last change that every kind's index holds; raises IndexUnusable."""
        return min(self.snapshot(kind).seq for kind in Kind)

    def snapshot(self, kind: Kind) -> Snapshot:
        """Return the newest state of the listings of `kind` that can be read.

        Raises IndexUnusable if there is none, and UsedBeforeFork.
        """
        if self._pid != os.getpid():
            forking.claim()
            self._pid = os.getpid()
        if self._look(kind) != self._keys[kind]:
            with self._lock:
                if self._look(kind) != self._keys[kind]:
                    self._reload(kind)
        snapshot = self._snapshots[kind]
        if snapshot is None:
            raise IndexUnusable(self._problems[kind] or "missing", str(self._root))
        return snapshot

    def _look(self, kind: Kind) -> _Key | None:
        return _look(self._root, kind)

    def _reload(self, kind: Kind) -> None:
        """Open what is there now; a failure is remembered with its key, so that the next call does not try again."""
        for _ in range(_ATTEMPTS):
            key = self._look(kind)  # before opening: a commit in between is then seen at the next look
            try:
                self._snapshots[kind] = self._open(kind)
                self._problems[kind] = None
                break
            except (ValueError, OSError, IndexUnusable) as error:
                self._indexes[kind] = None
                self._problems[kind] = error.problem if isinstance(error, IndexUnusable) else "damaged"
            if self._look(kind) == key:
                break  # otherwise a rebuild removed the folder between our look at the link and the opening
        self._keys[kind] = key  # last: who finds it does not wait for the snapshot

    def _open(self, kind: Kind) -> Snapshot:
        name = generation(self._root)
        if name is None or not (self._root / name).is_dir():
            raise IndexUnusable("missing", str(self._root))
        known = self._indexes[kind]
        if known is not None and known[0] == name:
            index = known[1]
            index.reload()
        else:
            index = tantivy.Index.open(str(self._root / name / kind))
            index.config_reader("manual")  # no watching thread: a stat tells more cheaply
        searcher = index.searcher()
        snapshot = Snapshot(kind, searcher, name, state_of(searcher).seq)
        self._indexes[kind] = (name, index)
        return snapshot


def _read_statistics(explanation: str) -> Statistics:
    """Pick N and the average length out of the engine's explanation of one term."""
    found: dict[str, float] = {}
    waiting = [json.loads(explanation)]
    while waiting:
        part = waiting.pop()
        found[part["description"].split(",")[0]] = part["value"]
        waiting += part.get("details", [])
    return Statistics(found["N"], found["avgdl"])
