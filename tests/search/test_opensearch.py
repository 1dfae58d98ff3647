"""The JSON for OpenSearch, read by a small evaluator of its rules, finds what the text index finds."""

import json
import math
import random
from collections import Counter
from typing import Any

import pytest

from marketplace.matching import gates
from marketplace.matching.ranking import compose, match, parted
from marketplace.search import opensearch
from marketplace.search.documents import RANKED, Kind
from tests.search.conftest import make

WORDS = "laser weld steel wheat drought salt membrane water robot hand pipe seed furnace hydrogen scrap thin sheet cut".split()  # noqa: SIM905
CHINESE = "激光焊接钢板小麦干旱薄膜机器"


class Engine:
    """BM25 and bool queries over the documents of one index, in a server's own terms.

    A server leaves listings with an empty field out of that field's averages (`sparse`); the text index counts them, and one
    document more, which holds its state."""

    def __init__(self, mapping: dict[str, Any], documents: list[dict[str, Any]], *, sparse: bool = False) -> None:
        self.sparse = sparse
        self.types = mapping["mappings"]["properties"]
        self.k1, self.b = (mapping["settings"]["index"]["similarity"]["listings"][name] for name in ("k1", "b"))
        assert all(set(document) <= set(self.types) for document in documents), "dynamic: strict"
        self.documents = documents
        self.counts = [{field: Counter(document[field].split()) for field in RANKED} for document in documents]

    def search(self, body: dict[str, Any]) -> list[str]:
        found = [(self.score(body["query"], number), document["id"]) for number, document in enumerate(self.documents)]
        hits = sorted((-float(f"{score:.5g}"), id) for score, id in found if score is not None)
        return [id for _, id in hits[: body["size"]]]

    def score(self, query: dict[str, Any], number: int) -> float | None:
        """None when it does not match."""
        ((kind, inside),) = query.items()
        return getattr(self, f"_{kind}")(inside, number)

    def _bool(self, query: dict[str, Any], number: int) -> float | None:
        score = 0.0
        for clause in query.get("filter", []):
            if self.score(clause, number) is None:
                return None
        if any(self.score(clause, number) is not None for clause in query.get("must_not", [])):
            return None
        for clause in query.get("must", []):
            if (part := self.score(clause, number)) is None:
                return None
            score += part
        parts = [part for clause in query.get("should", []) if (part := self.score(clause, number)) is not None]
        if len(parts) < query.get("minimum_should_match", 0):
            return None
        return score + sum(parts)

    def _match_all(self, _: Any, __: int) -> float:
        return 1.0

    def _terms(self, query: dict[str, Any], number: int) -> float | None:
        ((field, wanted),) = query.items()
        return 1.0 if set(wanted) & set(self._held(field, number)) else None

    def _range(self, query: dict[str, Any], number: int) -> float | None:
        ((field, bounds),) = query.items()
        fits = (bounds.get("gte", -math.inf) <= value <= bounds.get("lte", math.inf) for value in self._held(field, number))
        return 1.0 if any(fits) else None

    def _term(self, query: dict[str, Any], number: int) -> float | None:
        ((field, asked),) = query.items()
        if self.types[field]["type"] != "text":
            return 1.0 if asked in self._held(field, number) else None
        count = self.counts[number][field][asked["value"]]
        if not count:
            return None
        lengths = [sum(counts[field].values()) for counts in self.counts if counts[field] or not self.sparse] + [0] * (not self.sparse)
        containing = sum(1 for counts in self.counts if counts[field][asked["value"]])
        idf = math.log(1 + (len(lengths) - containing + 0.5) / (containing + 0.5))
        relative = sum(self.counts[number][field].values()) * len(lengths) / sum(lengths)
        return float(asked["boost"] * idf * count / (count + self.k1 * (1 - self.b + self.b * relative)))

    def _held(self, field: str, number: int) -> list[Any]:
        held = self.documents[number][field]
        return held if isinstance(held, list) else [held]


def listing(number: int, chance: random.Random, **more: Any) -> Any:
    text = " ".join(chance.choices(WORDS, k=chance.randint(4, 30))) + " " + "".join(chance.choices(CHINESE, k=chance.randint(3, 8)))
    given = {
        "trl": chance.randrange(10), "country": chance.choice(("CN", "DE", "")), "deal_kinds": tuple(chance.sample(("licence", "transfer", "equity"), chance.randrange(3))),
        "amount_minor": chance.choice((None, 100, 10_000)), "countries_excluded": tuple(chance.sample(("CN", "FR"), chance.randrange(2))),
        "fields": (str(chance.randint(1, 4)),), "sectors": ("C",),
    }  # fmt: skip
    return make(number, text, title=" ".join(chance.choices(WORDS, k=4)), **given | more)


@pytest.mark.parametrize("seed", range(4))
def test_both_engines_find_the_same_listings_in_the_same_order(indexed: Any, seed: int) -> None:
    chance = random.Random(seed)
    offers = [listing(number, chance) for number in range(1, 61)]
    needs = [listing(100 + number, chance, kind=Kind.NEED, countries_wanted=("CN", "DE") if number % 2 else ()) for number in range(6)]
    reader = indexed(*offers, *needs)
    engine = Engine(opensearch.mapping(), [json.loads(json.dumps(opensearch.document(offer))) for offer in offers])
    found = 0
    for need in needs:
        deciding, near = parted(need, compose(reader.snapshot(Kind.ACHIEVEMENT), need))
        body = opensearch.query(deciding, near, conditions=gates.conditions(need, opensearch.Parts), limit=20)
        expected = [str(hit.id) for hit in match(reader, need, limit=20).hits]
        assert engine.search(json.loads(json.dumps(body))) == expected
        server = Engine(opensearch.mapping(), engine.documents, sparse=True).search(body)
        assert len(set(server) & set(expected)) >= 0.9 * len(expected)
        found += len(expected)
    assert found > 20


def test_a_bulk_names_its_index_and_its_document() -> None:
    first, second = opensearch.bulk(make(7, "laser", kind=Kind.NEED))
    assert first == {"index": {"_index": "needs", "_id": second["id"]}}
    assert set(second) == set(opensearch.mapping()["mappings"]["properties"])


def test_nothing_matches_what_nothing_can() -> None:
    section, clause = opensearch.Parts.nothing()
    engine = Engine(opensearch.mapping(), [opensearch.document(make(1, "laser"))])
    assert engine.search({"size": 9, "query": {"bool": {section: [clause]}}}) == []
