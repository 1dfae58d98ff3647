"""Codes: short, without signs that look alike, and every slip of the hand is seen."""

from hypothesis import given
from hypothesis import strategies as st

from marketplace.figures.rules import ALPHABET, code_of, read_code, sha256

digests = st.binary(min_size=1, max_size=20).map(sha256)


def test_the_alphabet_holds_no_sign_that_looks_like_another():
    assert len(ALPHABET) == len(set(ALPHABET)) == 31
    assert not set("01OIL") & set(ALPHABET)


@given(digests)
def test_a_code_reads_back_however_it_is_typed(digest):
    code = code_of(digest)
    assert read_code(code) == code
    assert read_code(code.lower().replace("-", " ")) == code
    assert read_code(code.removeprefix("F-")) == code


@given(digests, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_seen(digest, place, sign):
    signs = code_of(digest)[2:].replace("-", "")
    wrong = signs[:place] + sign + signs[place + 1 :]
    assert (read_code(wrong) is None) is (wrong != signs)


@given(digests, st.integers(0, 6))
def test_two_exchanged_signs_are_seen(digest, place):
    signs = code_of(digest)[2:].replace("-", "")
    wrong = signs[:place] + signs[place + 1] + signs[place] + signs[place + 2 :]
    assert (read_code(wrong) is None) is (wrong != signs)


def test_another_attempt_gives_another_code():
    digest = sha256(b"x")
    assert len({code_of(digest, attempt=attempt) for attempt in range(20)}) == 20


def test_what_is_no_code_is_none():
    for text in ("", "F", "F-", "F-0000-0000", "G-7K3M-9QXD", "F-7K3M-9QXDD", "令和-7K3M", "F-7K3M-9QX\u0130"):
        assert read_code(text) is None
