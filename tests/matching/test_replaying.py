"""A score follows from two texts and a record of the index, long after the index has changed."""

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from marketplace.matching.ranking import match
from marketplace.matching.reasons import contributions
from marketplace.matching.replaying import Record, explain, record, replay
from marketplace.search.index import apply, rebuild
from tests.matching.test_reasons import WORDS


@pytest.fixture
def listings(achievement: Any) -> dict[int, Any]:
    chance = random.Random(8)
    text = lambda: " ".join(chance.choices(WORDS, k=chance.randint(5, 120))) + "激光焊接传感器"  # noqa: E731
    return {n: achievement(n, text(), title=chance.choice(WORDS), fields=("14",)) for n in range(1, 30)}


@pytest.mark.parametrize("text", ["laser welding", " ".join(WORDS) + "激光焊接传感器"], ids=["short", "long"])
def test_a_stored_score_is_replayed_without_the_index(
    root: Any, need: Any, indexed: Any, listings: dict[int, Any], text: str
) -> None:
    asked = need(99, text, fields=("14",))
    matches = match(indexed(*listings.values()), asked)
    parts = {hit.id.int: contributions(matches, listings[hit.id.int]) for hit in matches.hits}
    kept = json.dumps(record(matches).to_json())
    rebuild(root, [listings[1]], seq=9)  # the index of that day is gone
    for hit in matches.hits:
        again = replay(Record.from_json(json.loads(kept)), listings[hit.id.int])
        assert again.score == pytest.approx(hit.score, rel=2e-5)
        assert (again.current, again.version) == (True, matches.version)
        assert [(part.field, part.token, part.points) for part in again.parts] == [
            (part.field, part.token, part.points) for part in parts[hit.id.int]
        ]
    assert any(part.heard for part in again.parts) is (text == "laser welding")


def test_a_record_of_another_ranking_says_so(need: Any, indexed: Any, listings: dict[int, Any]) -> None:
    kept = record(match(indexed(*listings.values()), need(99, "laser")))
    assert not replay(replace(kept, version="00000000:gen-1:1"), listings[1]).current


def test_a_text_that_shares_nothing_scores_nothing(achievement: Any, need: Any, indexed: Any, listings: dict[int, Any]) -> None:
    kept = record(match(indexed(*listings.values()), need(99, "laser")))
    nothing = replay(kept, achievement(77, "cheese"))
    assert (nothing.score, nothing.parts) == (0.0, [])


def test_it_explains_what_a_condition_keeps_out(root: Any, need: Any, indexed: Any, listings: dict[int, Any]) -> None:
    reader = indexed(*listings.values())
    apply(root, [replace(listings[1], country="DE")], [], seq=2)
    asked = need(99, "laser welding steel", countries_wanted=("FR",))
    assert 1 not in [hit.id.int for hit in match(reader, asked, limit=100).hits]
    scores = {hit.id.int: hit.score for hit in match(reader, asked, limit=100, gated=False).hits}
    assert explain(reader, asked, listings[1]).score == pytest.approx(scores[1], rel=2e-5)
