"""Reasons: the formula against the engine's own explanation, and places in the text."""

import json
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tantivy import Occur, Query

from marketplace.matching.ranking import Matches, match
from marketplace.matching.reasons import contributions, excerpt, marks, terms
from marketplace.search.analysis import analyze
from marketplace.search.clauses import weighed
from marketplace.search.documents import SCHEMA, Kind, ListingDocument, term
from marketplace.search.index import apply

WORDS = ["laser", "welding", "steel", "pipe", "robot", "sensor", "wheat", "seed", "river", "vaccine", "bridge", "network"]


def explained(matches: Matches, document: ListingDocument) -> dict[tuple[str, str], float]:
    """What the engine says each occurring clause added."""
    ranked = {field: Counter(term(field, token) for token in tokens) for field, tokens in document.ranked().items()}
    mine = [clause for clause in matches.clauses if ranked[clause.field][term(clause.field, clause.token)]]
    query = Query.boolean_query([(Occur.Should, weighed(c.field, c.token, c.weight)) for c in mine])
    searcher = matches.snapshot.searcher
    this = Query.const_score_query(Query.term_query(SCHEMA, "id", str(document.id), "basic"), 0.0)
    address = searcher.search(Query.boolean_query([(Occur.Must, this)]), 1).hits[0][1]
    parts = json.loads(query.explain(searcher, address).to_json())["details"]
    return {(c.field, c.token): part["value"] for c, part in zip(mine, parts, strict=True)}


def test_the_formula_agrees_with_the_engine_and_sums_to_the_score(
    root: Any, achievement: Any, need: Any, indexed: Any
) -> None:
    chance = random.Random(5)

    def text(length: int) -> str:
        return " ".join(chance.choices(WORDS, k=length)) + "激光焊接传感器"[: length % 7]

    listings = {n: achievement(n, text(chance.randint(1, 400)), title=text(6)) for n in range(1, 60)}
    reader = indexed(*listings.values())
    listings[3] = achievement(3, text(90), title="")
    apply(root, [listings[3]], [listings.pop(4).id], seq=2)
    matches = match(reader, need(99, text(30), title=text(5)), limit=100)
    assert len(matches.hits) == 58
    for hit in matches.hits:
        document = listings[hit.id.int]
        parts = {(part.field, part.token): part.points for part in contributions(matches, document)}
        assert parts == pytest.approx(explained(matches, document), rel=2e-6)
        assert sum(parts.values()) == pytest.approx(hit.score, rel=1e-4)
        assert {field for field, _ in parts} >= {"words", "pairs"}


def test_terms_are_words_as_they_stand_in_the_listing(achievement: Any, need: Any, indexed: Any) -> None:
    offer = achievement(1, "Robots do the work, by Welding", title="Laser welders")
    reader = indexed(offer, achievement(2, "wheat"), achievement(3, "river"))
    best = terms(match(reader, need(9, "laser welding robot bridges")), offer)
    assert {one.written for one in best} == {"Laser", "Welding", "Robots"}
    assert best[0].written == "Laser"
    assert sum(one.share for one in best) == pytest.approx(1, abs=1e-3)
    assert len(terms(match(reader, need(9, "laser welding robot")), offer, limit=1)) == 1


def test_what_was_only_heard_is_told_as_such(achievement: Any, need: Any, indexed: Any) -> None:
    offers = [achievement(n, text) for n, text in enumerate(["heat pump compressor", "heat pump and compressors", "wheat", "river"], start=1)]
    best = terms(match(indexed(*offers), need(9, "heat pump")), offers[1])
    assert {one.written: one.heard for one in best} == {"heat": False, "pump": False, "compressors": True}
    assert sum(one.share for one in best) == pytest.approx(1, abs=1e-3)


def test_marks_cover_every_form_of_a_word_and_whole_chinese_words() -> None:
    text = "Lasers: a laser and 激光焊接机 LASER-cut"
    places = [text[start:end] for start, end in marks(text, set(analyze("laser 激光焊接")))]
    assert places == ["Lasers", "laser", "激光焊接", "LASER"]


def test_an_excerpt_shows_where_most_terms_stand() -> None:
    text = "laser " + "filler words here " * 60 + "a laser robot welding pipes " + "more filler words " * 60
    cut, places = excerpt(text, set(analyze("laser robot welding")), length=120)
    assert [cut[start:end] for start, end in places] == ["laser", "robot", "welding"]
    assert len(cut) <= 140
    assert not cut.startswith("iller")


@given(st.text(st.sampled_from("laser wheat 激光焊é.\n"), max_size=300), st.integers(1, 80))
def test_an_excerpt_is_a_part_of_the_text(text: str, length: int) -> None:
    cut, places = excerpt(text, {"laser", "激光"}, length=length)
    assert cut in text
    assert len(cut) <= length + 20
    assert bool(cut) == bool(text)
    assert all(0 <= start < end <= len(cut) for start, end in places)


def test_an_excerpt_shorter_than_its_first_word_is_not_empty() -> None:
    assert excerpt("aaaaaaaaaaaa 激光aaaaaa", {"激光"}, length=5) == ("激光aaa", [(0, 2)])


def test_a_short_text_is_shown_whole() -> None:
    assert excerpt("a laser", {"laser"}) == ("a laser", [(2, 7)])
    assert excerpt("", {"laser"}) == ("", [])


def test_reasons_are_for_both_kinds(achievement: Any, need: Any, indexed: Any) -> None:
    wanted = need(1, "laser")
    matches = match(indexed(wanted), achievement(2, "laser"))
    assert matches.snapshot.kind is Kind.NEED
    assert [part.token for part in contributions(matches, wanted)] == ["laser"]


def test_a_text_newer_than_the_index_has_reasons_without_what_no_listing_holds(
    root: Any, achievement: Any, need: Any, indexed: Any
) -> None:
    reader = indexed(*(achievement(number, "wheat") for number in range(1, 30)), achievement(30, "laser"))
    apply(root, [achievement(30, "wheat")], [], seq=2)
    matches = match(reader, need(99, "laser wheat", title="wheat"))
    newer = achievement(30, "laser wheat", title="laser")
    assert {part.token for part in contributions(matches, newer)} == {"laser", "wheat"}
    assert {part.field for part in contributions(matches, newer)} == {"words"}
