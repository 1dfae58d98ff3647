"""The glossary: every term has both languages, nothing contradicts, and every field has terms."""

from collections import Counter

import pytest

from marketplace.search.analysis import analyze, is_cjk
from marketplace.taxonomy.terms import Concept, concepts, read
from marketplace.taxonomy.vocabularies import WIPO_FIELDS


def row(code: str = "9", en: str = "laser", zh: str = "激光") -> dict[str, str]:
    return {"code": code, "en": en, "zh": zh}


def test_forms_stand_between_bars_the_usual_one_first() -> None:
    assert read([row(en="optical fiber|optical fibre", zh="光纤")]) == (
        Concept("9", ("optical fiber", "optical fibre"), ("光纤",)),
    )


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([row(code="36")], "unknown code"),
        ([row(en="")], "not a term"),
        ([row(zh="")], "not a term"),
        ([row(en="laser|")], "not a term"),
        ([row(zh="光")], "not a term"),
        ([row(en=" laser")], "not a term"),
        ([row(), row(en="Laser", zh="镭射")], "stands twice"),
        ([row(), row(en="laser light")], "stands twice"),
    ],
    ids=["code", "no English", "no Chinese", "empty form", "one character", "blank", "English twice", "Chinese twice"],
)
def test_what_is_wrong_is_refused(rows: list[dict[str, str]], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read(rows)


def test_every_field_has_terms() -> None:
    of = Counter(concept.code for concept in concepts())
    assert {code: of[code] for code in WIPO_FIELDS if of[code] < 10} == {}
    assert len(concepts()) > 1_500


def test_no_two_terms_are_cut_into_the_same_tokens() -> None:
    """*Polymerization* and *polymeric* have one stem: as two terms they would contradict each other."""
    cut = Counter(tuple(analyze(form)) for concept in concepts() for form in (*concept.en, *concept.zh))
    assert [tokens for tokens, times in cut.items() if times > 1 or not tokens] == []


def test_each_language_is_written_in_its_own_characters() -> None:
    forms = [(form, language) for concept in concepts() for form, language in _forms(concept)]
    assert [form for form, language in forms if any(map(is_cjk, analyze(form))) != (language == "zh")] == []


def _forms(concept: Concept) -> list[tuple[str, str]]:
    return [(form, "en") for form in concept.en] + [(form, "zh") for form in concept.zh]


@pytest.mark.parametrize(
    ("en", "zh"),
    [
        ("lithium-ion battery", "锂离子电池"),
        ("heat exchanger", "换热器"),
        ("gene editing", "基因编辑"),
        ("unmanned aerial vehicle", "无人机"),
        ("molecular sieve", "分子筛"),
        ("cement", "水泥"),
    ],
)
def test_terms_of_the_trade(en: str, zh: str) -> None:
    assert [concept for concept in concepts() if en in concept.en and zh in concept.zh]
