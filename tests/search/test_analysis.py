"""One analyzer for both languages and both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.search.analysis import LONGEST_TOKEN, analyze, characters, first_forms, is_cjk, pairs, spans

ALPHABET = st.one_of(
    st.sampled_from(" .,-'’–\n\u00a0éüßĐµⅣ½ﬁ\u0301网络传感器のカﾞ한글ＡＢＣ5gG_铜𠀀"),
    st.characters(codec=None),
    st.sampled_from("lasers"),
)
TEXTS = st.text(ALPHABET, max_size=60)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The lasers are welding", ["laser", "weld"]),
        ("Welded by LASER-welding", ["weld", "laser", "weld"]),
        ("Müller's naïve café", ["muller", "naiv", "cafe"]),
        ("cafe\u0301", ["cafe"]),
        ("ＡＢＣ ﬁbres", ["abc", "fibr"]),
        ("5G网络的传感器", ["5g", "网络", "络的", "的传", "传感", "感器"]),
        ("铜 合金", ["铜", "合金"]),
        ("第①步", ["第", "1", "步"]),
        ("snake_case", ["snake", "case"]),
        ("the of and", []),
        ("% _ ' ; -- \u0000 \ud800", []),
        ("", []),
    ],
)
def test_words_become_stems_and_chinese_becomes_bigrams(text: str, tokens: list[str]) -> None:
    assert analyze(text) == tokens


@given(TEXTS)
def test_the_fast_way_and_the_one_with_places_agree(text: str) -> None:
    assert analyze(text) == [token for token, _, _ in spans(text)]


@given(TEXTS)
def test_tokens_survive_the_index_which_splits_at_white_space(text: str) -> None:
    for token, start, end in spans(text):
        assert token.split() == [token]
        assert "_" not in token
        assert 0 <= start < end <= len(text)


@given(TEXTS)
def test_every_place_alone_gives_its_token_again(text: str) -> None:
    for token, start, end in spans(text):
        assert token in analyze(text[start:end])


def test_a_place_is_the_word_as_it_stands_in_the_text() -> None:
    text = "Use of Lasers in 5G网络"
    assert [(token, text[start:end]) for token, start, end in spans(text)] == [
        ("use", "Use"),
        ("laser", "Lasers"),
        ("5g", "5G"),
        ("网络", "网络"),
    ]


def test_an_endless_word_is_cut_so_that_the_index_keeps_it() -> None:
    (token,) = analyze("x" * 100_000)
    assert len(token) == LONGEST_TOKEN


def test_pairs_join_neighbouring_words_only() -> None:
    assert pairs(analyze("laser welding 激光焊接 steel pipe")) == ["laser_weld", "steel_pipe"]


def test_characters_are_those_of_cjk_runs_once_each() -> None:
    assert characters("铜合金 and 铜") == ["铜", "合", "金"]
    assert characters("copper") == []


def test_bigrams_are_told_from_words_of_other_alphabets() -> None:
    assert all(is_cjk(token) for token in analyze("传感器 센서 センサー"))
    assert not any(is_cjk(token) for token in analyze("sensor датчик αισθητήρας"))


@given(st.text(alphabet="aB9 _-'é’中文ｶﾞ\u0301.\n"))
def test_first_forms_are_those_of_the_spans(text: str) -> None:
    standing = [(token, text[start:end]) for token, start, end in spans(text)]
    assert first_forms(text) == dict(reversed(standing))
