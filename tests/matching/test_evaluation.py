"""The measure itself, on a collection small enough to count by hand."""

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

from marketplace.matching.evaluation import Unreadable, evaluate, ndcg
from marketplace.matching.ranking import match

DOCS = {"d1": "laser welding", "d2": "wheat seed", "d3": "welding of steel"}


def collection(folder: Path, queries: list[dict[str, str]], qrels: str, *, packed: bool = False) -> Path:
    lines = "".join(json.dumps({"id": name, "title": "", "text": text}) + "\n" for name, text in DOCS.items())
    if packed:
        (folder / "docs.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    else:
        (folder / "docs.jsonl").write_text(lines)
    (folder / "queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries))
    (folder / "qrels.tsv").write_text(qrels)
    return folder


@pytest.mark.parametrize(
    ("found", "relevant", "value"),
    [
        (["a", "b"], {"a", "b"}, 1.0),
        (["x", "a"], {"a"}, 1 / math.log2(3)),
        (["a", "x", "b"], {"a", "b"}, (1 + 1 / 2) / (1 + 1 / math.log2(3))),
        (["x"] * 10 + ["a"], {"a"}, 0.0),
        ([], {"a"}, 0.0),
        ([str(n) for n in range(10)], {str(n) for n in range(20)}, 1.0),
    ],
)
def test_ndcg(found: list[str], relevant: set[str], value: float) -> None:
    assert ndcg(found, relevant) == pytest.approx(value)


@pytest.mark.parametrize("packed", [True, False])
def test_a_collection_is_measured_without_tuning_needs_and_unjudged_ones(tmp_path: Path, packed: bool) -> None:
    queries = [
        {"id": "1", "text": "laser welding"},
        {"id": "2", "text": "laser welding"},
        {"id": "3", "text": "laser", "split": "tune"},
        {"id": "4", "text": "laser"},
    ]
    result = evaluate(collection(tmp_path, queries, "1\td1\t1\n2\td3\t2\n2\td1\t0\n3\td2\t1\n", packed=packed))
    assert (result.name, result.queries) == (tmp_path.name, 2)
    assert result.ndcg10 == pytest.approx((1 + 1 / math.log2(3)) / 2)


def test_it_ranks_as_the_product_does(tmp_path: Path, achievement: Any, need: Any, indexed: Any) -> None:
    reader = indexed(*(achievement(n, text) for n, text in enumerate(DOCS.values(), start=1)))
    shown = [f"d{hit.id.int}" for hit in match(reader, need(9, "laser welding of wheat")).hits]
    qrels = "".join(f"1\t{name}\t1\n" for name in shown[1:2])
    result = evaluate(collection(tmp_path, [{"id": "1", "text": "laser welding of wheat"}], qrels))
    assert result.ndcg10 == pytest.approx(1 / math.log2(3))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("qrels.tsv", "1 d1 1\n", "qrels.tsv line 1"),
        ("queries.jsonl", '{"id": "1", "text": "laser"}\n{broken\n', "queries.jsonl line 2"),
        ("queries.jsonl", "[]\n", "queries.jsonl line 1"),
        ("docs.jsonl", '{"id": 5, "text": "x"}\n', "id is not text"),
        ("queries.jsonl", "", "no need has"),
        ("queries.jsonl", None, "queries.jsonl"),
    ],
)
def test_a_folder_that_is_no_collection_is_refused(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    collection(tmp_path, [{"id": "1", "text": "laser"}], "1\td1\t1\n")
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(Unreadable, match=message):
        evaluate(tmp_path)


def test_changes_without_a_rebuild_end_at_the_same_listings(tmp_path):
    """A share of the listings is missing or has another text at first: with one term each, only the right text is found in the end."""
    rows = [{"id": str(number), "title": "", "text": f"alpha{number} beta{number}"} for number in range(40)]
    (tmp_path / "docs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "queries.jsonl").write_text("\n".join(json.dumps({"id": row["id"], "text": row["text"]}) for row in rows))
    (tmp_path / "qrels.tsv").write_text("\n".join(f"{number}\t{number}\t1" for number in range(40)))
    found = evaluate(tmp_path, changes=0.25)
    assert (found.ndcg10, found.changed_ndcg10) == (1.0, 1.0)
