"""The table of docs/rules/matching.md, and the law that the index selects what the lines allow."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core import clock
from marketplace.listings.rules import EVERYWHERE_OVER
from marketplace.matching.gates import Code, Status, constraints, passes
from marketplace.matching.parameters import names
from marketplace.matching.ranking import match
from marketplace.search.documents import Kind, ListingDocument, Parameter
from marketplace.search.index import rebuild
from marketplace.search.reader import Reader

MET, NOT_MET, UNKNOWN = Status.MET, Status.NOT_MET, Status.UNKNOWN
TODAY = date(2026, 6, 15)
YESTERDAY = date(2026, 6, 14)


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
        ({"exclusivity": "exclusive"}, {"exclusivity": "exclusive"}, Code.EXCLUSIVITY, MET),
        ({"exclusivity": "exclusive"}, {"exclusivity": "non_exclusive"}, Code.EXCLUSIVITY, NOT_MET),
        ({"exclusivity": "exclusive"}, {"exclusivity": "sole"}, Code.EXCLUSIVITY, NOT_MET),
        ({"exclusivity": "sole"}, {"exclusivity": "exclusive"}, Code.EXCLUSIVITY, MET),
        ({"exclusivity": "non_exclusive"}, {"exclusivity": "exclusive"}, Code.EXCLUSIVITY, MET),
        ({"exclusivity": "exclusive"}, {}, Code.EXCLUSIVITY, UNKNOWN),
        ({"languages": ("zh", "en")}, {"languages": ("en", "de")}, Code.LANGUAGES, MET),
        ({"languages": ("zh",)}, {"languages": ("en", "de")}, Code.LANGUAGES, NOT_MET),
        ({"languages": ("zh",)}, {}, Code.LANGUAGES, UNKNOWN),
        ({}, {"languages": ("en",)}, Code.LANGUAGES, UNKNOWN),
        ({"closes": TODAY}, {}, Code.DEADLINE, MET),
        ({"closes": YESTERDAY}, {}, Code.DEADLINE, NOT_MET),
        ({}, {"closes": TODAY}, Code.VALID_UNTIL, MET),
        ({}, {"closes": YESTERDAY}, Code.VALID_UNTIL, NOT_MET),
    ],
)
def test_each_condition(
    need: Any, achievement: Any, need_has: dict[str, Any], achievement_has: dict[str, Any], code: Code, status: Status
) -> None:
    one, other = need(1, **need_has), achievement(2, **achievement_has)
    (line,) = [line for line in constraints(one, other, today=TODAY) if line.code is code]
    assert line.status is status
    assert constraints(one, other, today=TODAY) == constraints(other, one, today=TODAY)
    assert passes(one, other, today=TODAY) is (status is not NOT_MET)


@pytest.mark.parametrize(
    ("wanted", "offered", "status"),
    [
        (">= 150 °C", ["= 180 °C"], MET),
        (">= 150 °C", ["= 140 °C"], NOT_MET),
        (">= 150 °C", ["= 423.15 K"], MET),
        (">= 150 °C", ["= 423.14 K"], NOT_MET),
        (">= 150 °C", ["= 20..180 °C"], MET),
        (">= 150 °C", ["= 20..140 °C"], NOT_MET),
        (">= 150 °C", [">= 160 °C"], MET),
        (">= 150 °C", [">= 100 °C"], UNKNOWN),
        (">= 150 °C", ["<= 140 °C"], NOT_MET),
        (">= 150 °C", ["= 95 %"], UNKNOWN),
        (">= 150 °C", [], UNKNOWN),
        (">= 150 °C", ["= 140 °C", "= 160 °C"], MET),
        ("<= 2 bar", ["= 0.15 MPa"], MET),
        ("<= 2 bar", ["= 0.25 MPa"], NOT_MET),
        ("<= 24 小时", ["= 1 d"], MET),
        ("= 3", ["= 3"], MET),
        ("= 3", ["= 4"], NOT_MET),
        ("= 500..600 nm", ["= 0.532 µm"], MET),
        ("= 500..600 nm", ["= 650 nm"], NOT_MET),
        ("= 500..600 nm", ["= 590..700 nm"], MET),
    ],
)
def test_each_must_have_row_is_a_line_of_its_own(
    need: Any, achievement: Any, wanted: str, offered: list[str], status: Status
) -> None:
    one = need(1, parameters=(row("operating temperature", wanted),))
    other = achievement(2, parameters=tuple(row("Operating Temperatures", each) for each in offered))
    (line,) = [line for line in constraints(one, other) if line.code is Code.PARAMETER]
    assert (line.status, line.parameter, line.wanted) == (status, "operating temperature", wanted)
    assert line.offered in (offered or [None])
    assert passes(one, other) is passes(other, one) is (status is not NOT_MET)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("operating temperature", "Temperatures of operation", True),
        ("operating temperature / 工作温度", "工作温度", True),
        ("operating temperature / 工作温度", "operating temperature", True),
        ("signal / noise", "noise", False),
        ("efficiency", "cost", False),
        ("A", "a", True),
        ("A", "B", False),
    ],
)
def test_parameters_are_compared_by_the_stems_of_their_names(one: str, other: str, same: bool) -> None:
    assert names(one).isdisjoint(names(other)) is not same


def row(name: str, condition: str) -> Parameter:
    found = re.fullmatch(r"(>=|<=|=) ([0-9.]+?)(?:\.\.([0-9.]+))?(?: (.+))?", condition)
    assert found is not None
    operator, value, upper, unit = found.groups()
    return Parameter(name, "between" if upper else operator, value, upper, unit)


def test_a_deadline_has_passed_when_its_day_is_over_everywhere(need: Any, achievement: Any) -> None:
    one = need(1, closes=clock.today(EVERYWHERE_OVER))
    assert passes(one, achievement(2)) and not passes(replace(one, closes=date(2020, 1, 1)), achievement(2))


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
        "exclusivity": st.sampled_from(["non_exclusive", "sole", "exclusive"]),
        "languages": st.lists(st.sampled_from(["zh", "en", "de"]), min_size=1, max_size=2).map(tuple),
        "closes": st.sampled_from([date(1900, 1, 1), YESTERDAY, date(2200, 12, 31)]),
        "parameters": st.sampled_from([(row("yield", ">= 90 %"),), (row("yield", "= 80 %"),)]),
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
    assert found == {other.id for other in others if passes(replace(listing, parameters=()), other)}
    assert found >= {other.id for other in others if passes(listing, other)}
