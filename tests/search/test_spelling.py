"""What a misspelt word may have meant, and what helps when nothing is found."""

from typing import Any

import pytest

from marketplace.search import completing, helping, spelling
from marketplace.search.catalogue import Filters, search
from marketplace.search.composing import meant, understood
from marketplace.search.documents import Kind
from marketplace.search.index import apply, rebuild
from marketplace.search.reader import Reader
from tests.search.conftest import make


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: Any) -> Reader:
    root = tmp_path_factory.mktemp("spelling") / "index"
    many = [make(number, "Hydrogen storage with membranes", title="Heat pump for process steam", country="DE") for number in range(1, 61)]
    few = [
        make(71, "hydrogn vessels", title="Tank"), make(72, "用热泵制取工艺蒸汽", title="热泵", country="CN", fairs=("f",)), make(73, "Wether station, weather radar"),
        make(74, "Weather radar"), make(75, "secretword in a draft that was public once"),
    ]  # fmt: skip
    rebuild(root, [*many, *few], seq=1)
    apply(root, [], [few[-1].id], seq=2)
    return Reader(root)


@pytest.mark.parametrize(
    ("word", "likely"),
    [
        ("membrane", ()),  # held, whatever its ending
        ("mebrane", ("membranes",)),
        ("membrnaes", ("membranes",)),
        ("menbrene", ("membranes",)),
        ("hydrogem", ("hydrogen", "hydrogn")),
        ("xydrogen", ("hydrogen",)),
        ("steem", ("steam",)),
        ("stm", ()),
        ("wather", ("weather",)),
        ("secretwrd", ()),
        ("kg2", ()),
        ("热本", ()),
        ("x" * 300, ()),
    ],
)
def test_a_slip_means_the_nearest_word_that_listings_say(shelf: Reader, word: str, likely: tuple[str, ...]) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    unit = understood(snapshot, word)
    found = tuple(form.text for form in unit.units[0].forms) if unit.corrected else ()
    assert found[: len(likely)] == likely
    assert bool(found) == bool(likely)


def test_what_is_gone_from_the_public_is_never_proposed(shelf: Reader) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    assert spelling.corrections(snapshot, "secretwor") == ()
    assert completing.words(snapshot, "secretw", limit=5) == []


@pytest.mark.parametrize(
    ("text", "few", "other"),
    [
        ("hydrogem steam", False, "hydrogen steam"),
        ("hydrogn", False, None),
        ("hydrogn", True, "hydrogen"),  # one listing has made the same slip
        ("hydrogen", True, None),
        ("wether", True, None),  # two listings are not far more than one
        ('"hydrogem"', False, '"hydrogen"'),
        ("热泵", True, None),
    ],
)
def test_another_spelling_is_proposed(shelf: Reader, text: str, few: bool, other: str | None) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    assert meant(snapshot, understood(snapshot, text), few=few) == other


def test_other_names_count_less_than_the_very_word(shelf: Reader) -> None:
    page = search(shelf, Kind.ACHIEVEMENT, text="热泵", limit=70)
    assert (page.total, page.hits[0].id.int) == (61, 72)
    assert page.asked.expanded == {"热泵": ["heat pump"]}
    assert search(shelf, Kind.ACHIEVEMENT, text="heat pump").total == 61


def test_each_part_left_out_says_what_it_would_give(shelf: Reader) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    asked, filters = understood(snapshot, "hydrogen radar zeppelins"), Filters(country=("DE",), fair="f")
    assert helping.without(snapshot, asked, filters) == []
    found = helping.without(snapshot, understood(snapshot, "hydrogen zeppelins"), Filters(country=("DE", "CN")))
    assert [(one.unit, one.facet, one.total) for one in found] == [("zeppelins", None, 60)]
    found = helping.without(snapshot, understood(snapshot, "hydrogen"), Filters(country=("CN",), fair=""))
    assert [(one.unit, one.facet, one.total) for one in found] == [(None, "country", 60)]
    found = helping.without(snapshot, understood(snapshot, "hydrogen"), Filters(country=("DE",), fair="f"))
    assert [(one.facet, one.total) for one in found] == [("fair", 60)]


def test_near_listings_say_some_of_it_or_say_it_in_the_other_language(shelf: Reader) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    near = helping.near(snapshot, understood(snapshot, "radar zeppelins"), Filters(), limit=5)
    assert {id.int for id in near} == {73, 74}
    assert [id.int for id in helping.near(snapshot, understood(snapshot, "pump zeppelins"), Filters(country=("CN",)), limit=5)] == [72]
    assert helping.near(snapshot, understood(snapshot, "%"), Filters(), limit=5) == []


@pytest.mark.parametrize(
    ("typed", "terms", "words", "titles"),
    [
        ("heat pu", ["heat pump"], ["heat pump"], 60),
        ("热", ["热泵"], [], 0),
        ("hydrog", ["hydrogen storage"], ["hydrogen", "hydrogn"], 0),
        ("h", [], [], 0),
        (".*", [], [], 0),
        ("(", [], [], 0),
    ],
)
def test_a_beginning_is_completed_to_what_finds_something(shelf: Reader, typed: str, terms: list[str], words: list[str], titles: int) -> None:
    snapshot = shelf.snapshot(Kind.ACHIEVEMENT)
    found = completing.terms(snapshot, typed, limit=9)
    assert set(terms) <= set(found) and bool(terms) == bool(found)
    assert (completing.words(snapshot, typed, limit=9), len(completing.titled(snapshot, typed, limit=99))) == (words, titles)
