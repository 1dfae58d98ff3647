"""Measures the ranking on a folder of needs with known answers, through the product's own index and query."""

import gzip
import json
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from marketplace.matching.ranking import match
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.index import apply, rebuild
from marketplace.search.reader import Reader

DEPTH = 10
BATCH = 20  # listings that change together


class Unreadable(ValueError):
    """The folder is not a test collection; the message names the file and line."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`ndcg10` is the mean over `queries` needs: 1 when the relevant listings lead, 0 when none is in the first ten.

    `changed_ndcg10` is the same on an index in which some of the listings were changed or added later, None when not asked for."""

    name: str
    ndcg10: float
    queries: int
    changed_ndcg10: float | None = None


def evaluate(folder: Path, *, changes: float = 0.0) -> Evaluation:
    """Index the listings of `folder`, match its needs, and compare with the judgements.

    The folder holds `docs.jsonl` or `docs.jsonl.gz` (lines of id, title, text), `queries.jsonl` (id, text) and
    `qrels.tsv` (need, listing, grade; relevant above 0). Needs with `"split": "tune"` or without a relevant listing are
    left out. With `changes`, that share of the listings first stood there with another text, or not at all, and was brought up
    to date without a rebuild. Raises Unreadable. Source of nDCG: K. Järvelin, J. Kekäläinen, ACM TOIS 20(4), 2002; gains are binary.
    """
    relevant = _judgements(folder / "qrels.tsv")
    names: list[str] = []
    listings = list(_achievements(folder, names))
    needs = [(relevant[name], need) for name, need in _needs(folder / "queries.jsonl") if name in relevant]
    if not needs:
        raise Unreadable(f"{folder}: no need has a relevant listing")

    def measured(reader: Reader) -> float:
        found = ([names[hit.id.int - 1] for hit in match(reader, need, limit=DEPTH).hits] for _, need in needs)
        return sum(ndcg(one, right) for one, (right, _) in zip(found, needs, strict=True)) / len(needs)

    with tempfile.TemporaryDirectory() as place:
        rebuild(Path(place), listings, seq=1)
        whole = measured(Reader(Path(place)))
    if not changes:
        return Evaluation(folder.name, whole, len(needs))
    with tempfile.TemporaryDirectory() as place:
        _change(Path(place), listings, changes)
        return Evaluation(folder.name, whole, len(needs), measured(Reader(Path(place))))


def _change(place: Path, listings: list[ListingDocument], share: float) -> None:
    """Index the listings, of a share of them every other one missing and the others with the text of the one before; then make it
    right, some at a time."""
    later = listings[:: max(1, round(1 / share))]
    before = {listing.id: listings[listing.num - 2] for listing in later[1::2]}
    late = {listing.id for listing in later} - before.keys()
    earlier = (replace(one, texts=before[one.id].texts, titles=before[one.id].titles) if one.id in before else one for one in listings)
    rebuild(place, (one for one in earlier if one.id not in late), seq=1)
    for seq, start in enumerate(range(0, len(later), BATCH), start=2):
        apply(place, later[start : start + BATCH], [], seq=seq)


def ndcg(found: list[str], relevant: set[str]) -> float:
    """Return the discounted gain of the first ten of `found`, as a share of the best; `relevant` is not empty."""
    gain = sum(1 / math.log2(rank + 2) for rank, name in enumerate(found[:DEPTH]) if name in relevant)
    return gain / sum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, len(relevant))))


def _achievements(folder: Path, names: list[str]) -> Iterator[ListingDocument]:
    plain, packed = folder / "docs.jsonl", folder / "docs.jsonl.gz"
    for row in _rows(plain if plain.exists() else packed):
        names.append(_text(row, "id"))
        number = len(names)
        yield ListingDocument(
            id=UUID(int=number),
            num=number,
            kind=Kind.ACHIEVEMENT,
            titles=(_text(row, "title"),),
            texts=(_text(row, "text"),),
        )


def _needs(path: Path) -> Iterator[tuple[str, ListingDocument]]:
    for number, row in enumerate(_rows(path), start=1):
        if row.get("split") != "tune":
            text = _text(row, "text")
            yield _text(row, "id"), ListingDocument(id=UUID(int=number), num=number, kind=Kind.NEED, texts=(text,))


def _judgements(path: Path) -> dict[str, set[str]]:
    relevant: dict[str, set[str]] = {}
    for place, line in _lines(path):
        try:
            need, listing, grade = line.split("\t")
            if int(grade) > 0:
                relevant.setdefault(need, set()).add(listing)
        except ValueError as error:
            raise Unreadable(f"{place}: not need, listing and grade between tabs") from error
    return relevant


def _rows(path: Path) -> Iterator[dict[str, object]]:
    for place, line in _lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Unreadable(f"{place}: {error}") from error
        if not isinstance(row, dict):
            raise Unreadable(f"{place}: not a JSON object")
        yield row


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield f"{path.name} line {number}", line.rstrip("\n")
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise Unreadable(f"{path.name}: {error}") from error


def _text(row: dict[str, object], name: str) -> str:
    value = row.get(name, "")
    if not isinstance(value, str):
        raise Unreadable(f"{name} is not text: {value!r}")
    return value
