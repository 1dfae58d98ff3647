"""The table of docs/rules/matching.md, and the law that the index selects what the lines allow."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.matching.gates import Code, Status, constraints, passes
from marketplace.matching.ranking import match
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader

MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN


@pytest.mark.parametrize(
    ("need_has", "achievement_has", "code", "status"),
    [
        ({"trl": 5}, {"trl": 5}, Code.TRL, MET),
        ({"trl": 5}, {"trl": 4}, Code.TRL, NOT_MET),
        ({"trl": 5}, {}, Code.TRL, UNKNOWN),
        ({}, {"trl": 1}, Code.TRL, UNKNOWN),
        ({"deal_kinds": ("licence", "transfer")}, {"deal_kinds": ("transfer",)}, Code.DEAL_KINDS, MET),
        ({"deal_kinds": ("licence",)}, {"deal_kinds": ("transfer",)}, Code.DEAL_KINDS, NOT_MET),
        ({"deal_kinds": ("licence",)}, {}, Code.DEAL_KINDS, UNKNOWN),
        ({"amount_minor": 100}, {"amount_minor": 100}, Code.PRICE, MET),
        ({"amount_minor": 100}, {"amount_minor": 101}, Code.PRICE, NOT_MET),
        ({"amount_minor": 0}, {"amount_minor": 0}, Code.PRICE, MET),
        ({"amount_minor": 0}, {"amount_minor": 1}, Code.PRICE, NOT_MET),
        ({"amount_minor": 100}, {}, Code.PRICE, UNKNOWN),
        ({"countries_wanted": ("DE", "FR")}, {"country": "DE"}, Code.COUNTRY, MET),
        ({"countries_wanted": ("DE", "FR")}, {"country": "CN"}, Code.COUNTRY, NOT_MET),
        ({"countries_wanted": ("DE", "FR")}, {}, Code.COUNTRY, UNKNOWN),
        ({"countries_excluded": ("DE",)}, {"country": "CN"}, Code.COUNTRY_EXCLUDED, MET),
        ({"countries_excluded": ("DE",)}, {"country": "DE"}, Code.COUNTRY_EXCLUDED, NOT_MET),
        ({"countries_excluded": ("DE",)}, {}, Code.COUNTRY_EXCLUDED, UNKNOWN),
        ({"country": "DE"}, {"countries_wanted": ("DE",)}, Code.MARKET, MET),
        ({"country": "CN"}, {"countries_wanted": ("DE",)}, Code.MARKET, NOT_MET),
        ({}, {"countries_wanted": ("DE",)}, Code.MARKET, UNKNOWN),
        ({"country": "CN"}, {"countries_excluded": ("CN",)}, Code.MARKET_EXCLUDED, NOT_MET),
    ],
)
def test_each_condition(
    need: Any, achievement: Any, need_has: dict[str, Any], achievement_has: dict[str, Any], code: Code, status: Status
) -> None:
    one, other = need(1, **need_has), achievement(2, **achievement_has)
    (line,) = [line for line in constraints(one, other) if line.code is code]
    assert line.status is status
    assert constraints(one, other) == constraints(other, one)
    assert passes(one, other) is (status is not NOT_MET)


def test_wishes_about_countries_are_lines_only_where_there_are_any(need: Any, achievement: Any) -> None:
    lines = constraints(need(1, country="DE"), achievement(2, country="CN"))
    assert [line.code for line in lines] == [Code.TRL, Code.DEAL_KINDS, Code.PRICE]


def test_a_line_carries_what_is_wanted_and_what_is_offered(need: Any, achievement: Any) -> None:
    trl, kinds, price = constraints(need(1, trl=5, deal_kinds=("licence",)), achievement(2, trl=6, amount_minor=7))
    assert (trl.wanted, trl.offered) == (5, 6)
    assert (kinds.wanted, kinds.offered) == (("licence",), ())
    assert (price.wanted, price.offered) == (None, 7)


def test_two_listings_of_one_kind_have_no_conditions(need: Any) -> None:
    with pytest.raises(ValueError, match="kind need"):
        constraints(need(1), need(2))


COUNTRIES = st.sampled_from(["DE", "FR", "CN"])
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "trl": st.integers(1, 9),
        "deal_kinds": st.lists(st.sampled_from(["licence", "transfer", "service"]), min_size=1, max_size=2).map(tuple),
        "amount_minor": st.sampled_from([0, 1, 100, 101, 2**62, 2**63 - 1]),
        "country": COUNTRIES,
        "countries_wanted": st.lists(COUNTRIES, min_size=1, max_size=2).map(tuple),
        "countries_excluded": st.lists(COUNTRIES, min_size=1, max_size=2).map(tuple),
    },
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gates")


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(Kind), CONDITIONS, st.lists(CONDITIONS, min_size=5, max_size=30))
def test_the_index_selects_exactly_what_the_lines_allow(
    place: Path, kind: Kind, mine: dict[str, Any], theirs: list[dict[str, Any]]
) -> None:
    listing = ListingDocument(id=UUID(int=1000), num=1000, kind=kind, texts=("laser",), **mine)
    others = [
        ListingDocument(id=UUID(int=number), num=number, kind=kind.other, texts=("laser",), **conditions)
        for number, conditions in enumerate(theirs, start=1)
    ]
    rebuild(place, others, seq=1)
    found = {hit.id for hit in match(Reader(place), listing, limit=50).hits}
    assert found == {other.id for other in others if passes(listing, other)}
