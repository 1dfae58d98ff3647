"""A patent classification symbol finds its technology field, or none; never a guess."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.taxonomy.ipc import concordance, field_of_ipc, longest_match, normalise
from marketplace.taxonomy.vocabularies import WIPO_FIELDS, rows


@pytest.mark.parametrize(
    ("symbol", "field"),
    [
        ("H01M 10/0525", "1"),
        ("H01L 21/02", "8"),
        ("G06Q 10/00", "7"),
        ("G16H 50/20", "13"),
        ("B33Y 10/00", "29"),
        ("C12N 15/113", "15"),
        ("F42D 1/00", "29"),
        ("E21B 43/26", "35"),
        # Split by main group: the longest prefix decides.
        ("A61K 8/97", "14"),
        ("A61K 31/00", "16"),
        ("A61K 101/00", "16"),
        ("G01N 33/53", "11"),
        ("G01N 3/08", "10"),
        ("G01N 30/02", "10"),
        ("H04N 1/00", "3"),
        ("H04N 5/225", "2"),
        ("H04N 21/44", "4"),
        ("H04N 101/00", "2"),
        ("B01D 53/14", "24"),
        ("B01D 5/00", "23"),
        ("C13B 10/00", "18"),
        ("C13B 5/00", "29"),
        ("E01F 8/00", "24"),
        ("E01F 9/00", "35"),
        # Newer than the concordance.
        ("G06V 10/82", "6"),
        ("H10B 12/00", "8"),
        ("H10D 30/01", "8"),
        ("H10F 10/00", "8"),
        ("H10H 20/00", "8"),
        ("H10K 50/10", "8"),
        ("H10N 10/00", "8"),
        # A subclass alone is enough where it is not split.
        ("H01L", "8"),
        ("A61P", "16"),
    ],
)
def test_a_symbol_has_this_field(symbol: str, field: str) -> None:
    assert field_of_ipc(symbol) == field


@pytest.mark.parametrize(
    ("text", "field"),
    [("H10K50/10", "broad"), ("H10K59/00", "narrow"), ("H10K59/", "narrow"), ("H10K5/00", "broad"), ("H10N", None)],
)
def test_of_the_prefixes_that_fit_the_longest_decides(text: str, field: str | None) -> None:
    assert longest_match(text, {"H10K": "broad", "H10K59/": "narrow"}) == field


@pytest.mark.parametrize(
    "symbol",
    [
        "A61K",
        "G01N",
        "H04N",
        "B01D",
        "C13B",
        "E01F",
        "A",
        "A61",
        "G16Y 10/00",
        "H04N 23/60",
        "G01N 333/00",
        "A61K 10/00",
    ],
)
def test_a_symbol_the_table_does_not_decide_stays_unmapped(symbol: str) -> None:
    assert field_of_ipc(symbol) is None


@pytest.mark.parametrize(
    "symbol",
    [
        "A61K31/00",
        "A61K 31/00",
        " a61k  31/00 ",
        "A61K 31 / 00",
        "A61K\u300031\uff0f00",
        "A61K0031000000",
        "A61K0031/00",
        "A61K 31/00 (2006.01)",
        "A61K 31/00 [2006.01]",
    ],
)
def test_blanks_padding_and_version_do_not_matter(symbol: str) -> None:
    assert normalise(symbol) == "A61K31/00"
    assert field_of_ipc(symbol) == "16"


@pytest.mark.parametrize(
    ("symbol", "normal"),
    [("A61K 31", "A61K31/"), ("h04n", "H04N"), ("G06", "G06"), ("C12N0015113000", "C12N15/113"), ("H", "H")],
)
def test_a_symbol_has_one_normal_form(symbol: str, normal: str) -> None:
    assert normalise(symbol) == normal


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        " ",
        "X01A 1/00",
        "Y02E 10/50",
        "A6",
        "A61K/00",
        "A61K 31/",
        "A61K 31/0",
        "A61K 0/00",
        "A61K 31/00/10",
        "A61K 12345/00",
        "A61K 31/0000000",
        "A61K 31-00",
        "61K 31/00",
        "semiconductors",
        "A61K 31/00, G01N 33/00",
        "A61K0000000000",
        "A61K 31/00 (new)",
        "\u041061K 31/00",
    ],
)
def test_a_malformed_symbol_is_refused(symbol: str) -> None:
    with pytest.raises(ValueError, match="not an IPC symbol"):
        field_of_ipc(symbol)


def test_every_field_has_prefixes_and_no_prefix_has_two_fields() -> None:
    table = rows("ipc_concordance")
    assert [row["field"] for row in table] == list(WIPO_FIELDS)
    counts = Counter(prefix for row in table for prefix in row["prefixes"].split())
    assert [prefix for prefix, count in counts.items() if count > 1] == []
    assert Counter(prefix.endswith("/") for prefix in counts) == {False: 647, True: 117}
    assert all(row["prefixes"] for row in table)


def test_every_prefix_is_a_subclass_or_a_main_group() -> None:
    assert all(re.fullmatch(r"[A-H][0-9]{2}[A-Z]([1-9][0-9]*/)?", prefix) for prefix in concordance())


def test_overrides_name_a_known_field_and_a_reason_and_are_all_in_force() -> None:
    overrides = rows("ipc_overrides")
    assert {row["prefix"] for row in overrides} == {"G06V", "H10B", "H10D", "H10F", "H10H", "H10K", "H10N"}
    assert all(concordance()[row["prefix"]] == row["field"] in WIPO_FIELDS and row["reason"] for row in overrides)


@given(st.sampled_from(sorted(concordance())), st.integers(0, 999_999))
def test_whatever_lies_below_a_prefix_has_its_field(prefix: str, number: int) -> None:
    subgroup = f"{number:02d}"
    symbol = f"{prefix}{subgroup}" if prefix.endswith("/") else f"{prefix}9999/{subgroup}"
    assert field_of_ipc(symbol) == concordance()[prefix]


@given(st.from_regex(r"[A-H][0-9]{2}[A-Z]( {0,3}[1-9][0-9]{0,3}(/[0-9]{2,6})?)?", fullmatch=True))
def test_a_well_formed_symbol_has_a_known_field_or_none_and_one_normal_form(symbol: str) -> None:
    assert field_of_ipc(symbol) in {None, *WIPO_FIELDS}
    assert field_of_ipc(symbol.lower()) == field_of_ipc(symbol)
    if "/" in symbol:
        assert normalise(normalise(symbol)) == normalise(symbol)


@given(st.text(max_size=20))
def test_any_text_is_mapped_left_unmapped_or_refused(text: str) -> None:
    try:
        normalise(text)
    except ValueError:
        with pytest.raises(ValueError, match="not an IPC symbol"):
            field_of_ipc(text)
    else:
        assert field_of_ipc(text) in {None, *WIPO_FIELDS}
