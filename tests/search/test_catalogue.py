"""The catalogue's search: literal words, filters, counts, pages."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.search import bands, catalogue, searching
from marketplace.search.catalogue import FACETS, Filters, Page, Sort, search
from marketplace.search.documents import UNKNOWN, Kind
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader
from tests.search.conftest import make


def found(page: Page) -> list[int]:
    return [hit.id.int for hit in page.hits]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: Any) -> Reader:
    root = tmp_path_factory.mktemp("shelf") / "index"
    listings = [
        make(
            1, "Welding of steel pipes", title="Laser robot", trl=6, country="DE", deal_kinds=("licence",), year=2020
        ),
        make(
            2, "A laser for wheat fields", trl=4, country="DE", deal_kinds=("licence", "transfer"), amount_minor=500
        ),
        make(
            3, "铜合金的激光焊接", names=("A-2020-000003", "清华大学"), country="CN", amount_minor=900, fairs=("f",)
        ),
        make(4, "Wheat seed with 5 % more yield", organization="o-1", segments=("f/s",), year=2019),
        make(9, "laser", kind=Kind.NEED),
    ]
    rebuild(root, listings, seq=1)
    return Reader(root)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("laser", {1, 2, 3}),
        ("LASERS", {1, 2, 3}),
        ('"laser"', {1, 2}),
        ("lazer wheat", {2}),
        ("welidng robot", {1}),
        ("laser wheat", {2}),
        ("laser absent", set()),
        ("robot welding", {1}),
        ("激光", {1, 2, 3}),
        ("“激光”", {3}),
        ("激光焊接", {3}),
        ("光激", set()),
        ("铜", {3}),
        ("清华", {3}),
        ("A-2020-000003", {3}),
        ("%", set()),
        ("_", set()),
        ("5 %", {4}),
        ("the", set()),
        ("'; DROP TABLE listings; --", set()),
        ("laser OR wheat", {2}),
        ("-laser", {1, 2, 3}),
        ('"wheat laser"', set()),
        ('"wheat fields"', {2}),
        ("“wheat seeds” yield", {4}),
        ('wheat" laser', {2}),
        ('"清华大学"', {3}),
        ('"Tsinghua Univ"', set()),
        ("las*", set()),
        ("\u202elaser\u202c \u200f", {1, 2, 3}),
        ('"' * 300, set()),
        ("* ? ( ) AND NOT ~2 ^9 [a TO z] \\", set()),
        ("words:laser", set()),
        ("", {1, 2, 3, 4}),
        ("  \n", {1, 2, 3, 4}),
    ],
)
def test_every_word_must_occur_and_means_itself(shelf: Any, text: str, hits: set[int]) -> None:
    page = search(shelf, Kind.ACHIEVEMENT, text=text)
    assert (set(found(page)), page.total) == (hits, len(hits))


def test_the_title_counts_most(shelf: Any) -> None:
    assert found(search(shelf, Kind.ACHIEVEMENT, text='"laser"')) == [1, 2]


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        (Filters(country=("DE",)), {1, 2}),
        (Filters(country=("DE", "CN")), {1, 2, 3}),
        (Filters(country=(UNKNOWN,)), {4}),
        (Filters(deal_kinds=("transfer",)), {2}),
        (Filters(country=("DE",), deal_kinds=("transfer",)), {2}),
        (Filters(trl=(4, 6)), {1, 2}),
        (Filters(trl=(0,)), {3, 4}),
        (Filters(trl_min=5), {1}),
        (Filters(year=(2019,)), {4}),
        (Filters(amount_max_minor=500), {2}),
        (Filters(amount_max_minor=2**80), {2, 3}),
        (Filters(amount_min_minor=501), {3}),
        (Filters(fair="f"), {3}),
        (Filters(segments=("f/s",)), {4}),
        (Filters(organization=("o-1",)), {4}),
        (Filters(country=("\ud800",)), set()),
        (Filters(year=(-1, 2**70)), set()),
        (Filters(country=("'; DROP",)), set()),
    ],
)
def test_filters_keep_what_is_known_to_fit(shelf: Any, filters: Filters, hits: set[int]) -> None:
    page = search(shelf, Kind.ACHIEVEMENT, filters=filters)
    assert (set(found(page)), page.total) == (hits, len(hits))


def test_facets_count_the_hits_and_a_choice_is_counted_without_itself(shelf: Any) -> None:
    free = search(shelf, Kind.ACHIEVEMENT)
    assert free.facets["country"] == {"DE": 2, "CN": 1, UNKNOWN: 1}
    assert free.facets["deal_kinds"] == {"licence": 2, "transfer": 1, UNKNOWN: 2}
    assert free.facets["trl"] == {"0": 2, "4": 1, "6": 1}
    chosen = search(shelf, Kind.ACHIEVEMENT, filters=Filters(country=("DE",)))
    assert chosen.facets["country"] == free.facets["country"]
    assert chosen.facets["trl"] == {"4": 1, "6": 1}
    assert search(shelf, Kind.ACHIEVEMENT, text='"laser"').facets["country"] == {"DE": 2}
    assert list(free.facets) == list(FACETS)
    assert search(shelf, Kind.ACHIEVEMENT, facets=("year",)).facets == {"year": {"0": 2, "2019": 1, "2020": 1}}


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("text", ["laser", ""])
def test_pages_follow_each_other_without_gap_or_double(achievement: Any, indexed: Any, sort: Sort, text: str) -> None:
    reader = indexed(*(achievement(number, "laser " * (number % 3 + 1), trl=number % 3) for number in range(1, 94)))
    whole = found(search(reader, Kind.ACHIEVEMENT, text=text, sort=sort, limit=93))
    pages, after = [], None
    while True:
        page = search(reader, Kind.ACHIEVEMENT, text=text, sort=sort, limit=10, after=after)
        pages += found(page)
        if page.next is None:
            break
        after = page.next
    assert pages == whole
    assert sorted(whole) == list(range(1, 94))


def test_a_broad_word_gives_the_same_whether_the_best_are_looked_at_first_or_all(
    achievement: Any, indexed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = indexed(
        *(achievement(number, "laser " * (number % 7 + 1) + "light " * (number % 3), fairs=("f",) if number % 9 else ("f", "g")) for number in range(1, 200))
    )
    for filters in (Filters(), Filters(fair="f"), Filters(fair="g")):
        plain = search(reader, Kind.ACHIEVEMENT, text="laser", filters=filters, limit=30, after=15)
        with monkeypatch.context() as patched:
            patched.setattr(catalogue, "_BROAD", 0)
            patched.setattr(searching, "SCORED_WHOLE", 0)
            assert search(reader, Kind.ACHIEVEMENT, text="laser", filters=filters, limit=30, after=15) == plain
    assert plain.total == 22


def test_cheapest_and_ending_soonest_come_first_and_what_says_neither_last(achievement: Any, indexed: Any) -> None:
    reader = indexed(
        achievement(1, "laser", amount_minor=500_00, closes=date(2026, 3, 1)), achievement(2, "laser", amount_minor=0),
        achievement(3, "laser"), achievement(4, "laser", amount_minor=99_999_99, closes=date(2026, 1, 1)),
    )  # fmt: skip
    assert found(search(reader, Kind.ACHIEVEMENT, sort=Sort.PRICE)) == [2, 1, 4, 3]
    assert found(search(reader, Kind.ACHIEVEMENT, text="laser", sort=Sort.CLOSING)) == [4, 1, 2, 3]
    assert search(reader, Kind.ACHIEVEMENT, facets=("price",)).facets == {"price": {"0-100000": 3, UNKNOWN: 1}}


@pytest.mark.parametrize(
    ("minor", "code"),
    [(0, "0-100000"), (9_999_999, "0-100000"), (10_000_000, "100000-1000000"), (100_000_000, "1000000-5000000"), (10_000_000_000, "100000000-"), (2**62, "100000000-")],
)
def test_an_amount_lies_in_one_band(minor: int, code: str) -> None:
    assert bands.band(minor) == code
    low, high = bands.edges(code)
    assert low * 100 <= minor and (high is None or minor < high * 100)


def test_newest_and_most_mature_come_first(shelf: Any) -> None:
    assert found(search(shelf, Kind.ACHIEVEMENT)) == [4, 3, 2, 1]
    assert found(search(shelf, Kind.ACHIEVEMENT, text='"laser"', sort=Sort.NEWEST)) == [2, 1]
    assert found(search(shelf, Kind.ACHIEVEMENT, sort=Sort.MATURITY)) == [1, 2, 3, 4]


def test_the_last_place_has_nothing_behind_it(shelf: Any) -> None:
    assert found(search(shelf, Kind.ACHIEVEMENT, after=1)) == []
    assert found(search(shelf, Kind.ACHIEVEMENT, after=0)) == []
    assert found(search(shelf, Kind.ACHIEVEMENT, after=2**70)) == [4, 3, 2, 1]
    assert found(search(shelf, Kind.ACHIEVEMENT, text='"laser"', after=2)) == []
    assert found(search(shelf, Kind.ACHIEVEMENT, text='"laser"', after=2**70)) == []
    assert found(search(shelf, Kind.ACHIEVEMENT, text='"laser"', limit=2**62)) == [1, 2]


@pytest.mark.parametrize(("limit", "after"), [(0, None), (-1, None), (1, -1)])
def test_a_senseless_page_is_refused(shelf: Any, limit: int, after: int | None) -> None:
    with pytest.raises(ValueError, match="limit"):
        search(shelf, Kind.ACHIEVEMENT, limit=limit, after=after)


def test_nothing_to_search_for_is_told_from_nothing_typed(shelf: Any) -> None:
    assert search(shelf, Kind.ACHIEVEMENT, text="the laser").words == ["laser", "激光"]
    assert search(shelf, Kind.ACHIEVEMENT, text="% the").words == []


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec=None), max_size=30), country=st.text(st.characters(codec=None), max_size=3))
def test_no_input_fails(shelf: Any, text: str, country: str) -> None:
    page = search(shelf, Kind.ACHIEVEMENT, text=text, filters=Filters(country=(country,)))
    assert page.total == len(page.hits)
