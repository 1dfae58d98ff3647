"""What a listing must say, what changed, and what is safe in a spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.listings import rules
from marketplace.listings.models import Kind
from tests.listings.factories_listings import COMPLETE


def pointers(faults):
    return [fault.pointer for fault in faults]


def complete(kind=Kind.ACHIEVEMENT, **changes):
    return rules.completed(COMPLETE[kind] | changes)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"title_en": "A", "description_en": "B"}, []),
        ({"title_zh": "热泵", "description_en": "B"}, []),
        ({"title_en": "A"}, ["/description_en"]),
        ({"description_zh": "说明"}, ["/title_en"]),
        ({}, ["/title_en", "/description_en"]),
        ({"title_en": "A", "description_en": "B", "amount_min_minor": 2, "amount_max_minor": 1}, ["/amount_max"]),
        ({"title_en": "A", "description_en": "B", "target_countries": ["CN"], "excluded_countries": ["CN"]}, ["/excluded_countries"]),
    ],
)
def test_a_draft_needs_a_title_and_a_description_and_no_contradiction(app, content, expected):
    assert pointers(rules.draft_faults(rules.completed(content))) == expected


@pytest.mark.parametrize("kind", list(Kind))
def test_a_complete_listing_may_be_submitted(app, kind):
    assert rules.submission_faults(kind, complete(kind)) == ()


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        (Kind.ACHIEVEMENT, {"trl": None}, ["/trl"]),
        (Kind.ACHIEVEMENT, {"trl": None, "unknowns": ["trl"]}, []),
        (Kind.ACHIEVEMENT, {"ip_status": None, "price_mode": None}, ["/ip_status", "/price_mode"]),
        (Kind.ACHIEVEMENT, {"technology_codes": [], "deal_kinds": []}, ["/technology_codes", "/deal_kinds"]),
        (Kind.ACHIEVEMENT, {"summary_en": None}, ["/summary_en"]),
        (Kind.ACHIEVEMENT, {"summary_en": None, "summary_zh": "简介"}, ["/summary_en"]),
        (Kind.ACHIEVEMENT, {"summary_en": None, "title_zh": "泵", "summary_zh": "简介", "description_zh": "说明"}, []),
        (Kind.NEED, {"unknowns": ["deadline"]}, ["/amount_max"]),
        (Kind.NEED, {"unknowns": ["deadline"], "amount_max_minor": 100, "currency": "CNY"}, []),
    ],
)
def test_a_submission_asks_for_one_language_codes_and_answers(app, kind, changes, expected):
    assert pointers(rules.submission_faults(kind, complete(kind, **changes))) == expected


def test_an_answer_takes_the_unknown_away():
    assert complete(unknowns=["trl", "ip_status"])["unknowns"] == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_of_a_change_are_the_two_texts(old, new):
    pieces = rules.text_changes(old, new)
    assert "".join(text for what, text in pieces if what != "removed") == new
    assert "".join(text for what, text in pieces if what != "added").replace("\n", "") == old.replace("\n", "") or "\n" in old + new


def test_a_change_is_named_by_its_sentence():
    assert rules.text_changes("One. Two. Three.", "One. Zwei. Three.") == [("same", "One. "), ("removed", "Two. "), ("added", "Zwei. "), ("same", "Three.")]


def test_a_long_text_is_compared_quickly():
    import time

    text = "".join(f"Sentence number {n} of this text. " for n in range(1_200))[:40_000]
    began = time.process_time()
    rules.text_changes(text, text.replace("number 3", "no. 3"))
    assert time.process_time() - began < 3


@pytest.mark.parametrize(("text", "chinese"), [("热泵", True), ("热泵 heat", True), ("热泵 heating", False), ("Heat pump 热", False), ("5G网络传感器", True), ("", False), ("42", False)])
def test_the_language_of_a_title_is_told_by_its_letters(text, chinese):
    assert rules.is_chinese(text) is chinese


@pytest.mark.parametrize(("text", "link"), [("https://example.org/a", True), ("javascript:alert(1)", False), ("www.example.org", False), ("1", False), (None, False), ("https://a b", False)])
def test_only_web_addresses_become_links(text, link):
    assert rules.is_link(text) is link


def test_every_column_has_a_label(app):
    assert all(rules.label_of(name) for name in rules.CONTENT)
