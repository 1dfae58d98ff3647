"""Names: the rule page row by row, and the laws behind the key."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.organizations.rules import ALIKE, GREEK_SMALL_AMONG_LATIN, LONGEST_KEY, fold_name, fold_names, slug_of

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "names.md").read_text(encoding="utf-8")
KEYS = [
    ("PayPal", "paypal"),
    ("раypal", "paypal"),
    ("ΝΟΚΙΑ", "nokia"),
    ("Νokia", "nokia"),
    ("νisa", "visa"),
    ("ВАНК", "bahk"),
    ("Café", "café"),
    ("Cafe", "cafe"),
    ("Ａｃｍｅ，　Ｃｏ．", "acmeco"),
    ("ACME CO", "acmeco"),
    ("A-C.M_E & Co", "acmeco"),
    ("Straße 7", "strasse7"),
    ("北京 大学", "北京大学"),
    ("北京大学", "北京大学"),
    ("北京大學", "北京大學"),
    ("!?", ""),
]


def test_the_page_and_the_test_hold_the_same_rows():
    rows = re.findall(r"^\| `([^`]+)`[^|]*\| (.*?) ?\|$", PAGE, re.M)
    assert rows == KEYS


def test_the_page_lists_the_letters_of_the_code():
    lines = {name: dict(pair.split("=") for pair in pairs.split()) for name, pairs in re.findall(r"^\| (\w[^|]*?) \| (\S=.*) \|$", PAGE, re.M)}
    small = lines.pop("Greek small, among Latin letters")
    assert str.maketrans(small) == GREEK_SMALL_AMONG_LATIN
    assert str.maketrans({letter: latin for pairs in lines.values() for letter, latin in pairs.items()}) == ALIKE


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_a_name_has_its_key(name, key):
    assert fold_name(name) == key


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\ufe0f", "\u034f", "\u00ad", "\u2060", "\U000e0101"])
def test_what_shows_nothing_makes_no_other_name(hidden):
    assert fold_name(f"Ac{hidden}me") == "acme"


@given(st.text(max_size=60))
def test_one_and_two_part_accents_are_one_name(name):
    assert fold_name(unicodedata.normalize("NFC", name)) == fold_name(unicodedata.normalize("NFD", name))


@given(st.text(alphabet=st.characters(max_codepoint=0x17F, exclude_characters="ŉſıµ"), max_size=60))
def test_case_makes_no_other_name(name):
    assert fold_name(name.upper()) == fold_name(name.lower())


@given(st.text(min_size=150, max_size=400))
def test_a_key_fits_its_column(name):
    assert len(fold_name(name)) <= LONGEST_KEY


def test_long_names_that_differ_at_the_end_stay_two():
    assert fold_name("a" * 300 + "b") != fold_name("a" * 300 + "c")


@pytest.mark.parametrize(
    ("name_en", "name_zh", "keys"),
    [
        ("Acme", None, ("acme", None)),
        (None, "远景", ("远景", None)),
        ("Acme", "远景", ("acme", "远景")),
        ("Acme", "ACME", ("acme", None)),
        ("--", "远景", ("远景", None)),
        ("--", None, ("", None)),
        (None, None, ("", None)),
    ],
)
def test_two_names_have_two_keys(name_en, name_zh, keys):
    assert fold_names(name_en, name_zh) == keys


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Northgate Technology Transfer", "northgate-technology-transfer"),
        ("L'Été & Fils, S.A.", "lete-fils-s-a"),
        ("New", "agency-"),
        ("switch", "agency-"),
        ("远景", "agency-"),
        (None, "agency-"),
    ],
)
def test_an_address_is_made_of_the_name(name, slug):
    made = slug_of(name, kind="agency", key="k")
    assert made == slug or (slug == "agency-" and re.fullmatch("agency-[0-9a-f]{8}", made))


@given(st.text(max_size=200))
def test_every_address_is_a_slug(name):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug_of(name, kind="company", key=fold_name(name)))
