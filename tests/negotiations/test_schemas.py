"""Terms as programs send and people type them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from marketplace.core.money import to_text
from marketplace.core.problems import messages_to_errors
from marketplace.negotiations.schemas import InterestIn, RoundFormIn, RoundIn

ZONE = "Asia/Shanghai"


def form(**data):
    schema = RoundFormIn(ZONE)
    schema.context_is_form = True
    return schema.load(data)["terms"]


def codes(load, **data):
    with pytest.raises(ValidationError) as refused:
        load(**data)
    return {(error.pointer, error.code) for error in messages_to_errors(refused.value.messages)}


def json(**data):
    return RoundIn().load(data)["terms"]


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ({"amount": "6,800", "unit": "wan", "currency": "CNY"}, 6_800_000_000),
        ({"amount": "6800万元", "unit": "one", "currency": "CNY"}, 6_800_000_000),
        ({"amount": "6.8 million", "currency": "EUR"}, 680_000_000),
        ({"amount": "10", "currency": "JPY"}, 10),
        ({"currency": "CNY"}, None),
    ],
)
def test_people_type_amounts_with_units(typed, minor):
    assert form(**typed).amount_minor == minor


@given(st.integers(1, 10**15), st.sampled_from(["CNY", "JPY", "KWD", "EUR"]))
def test_programs_send_back_what_they_read(minor, currency):
    assert json(amount=to_text(minor, currency), currency=currency).amount_minor == minor


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"amount": 10.1, "currency": "CNY"}, ("/amount", "text")),
        ({"amount": "1,000", "currency": "CNY"}, ("/amount", "amount_format")),
        ({"amount": "0", "currency": "CNY"}, ("/amount", "amount_bounds")),
        ({"amount": "-1", "currency": "CNY"}, ("/amount", "amount_format")),
        ({"amount": "1.001", "currency": "CNY"}, ("/amount", "currency_exponent")),
        ({"amount": "1"}, ("/currency", "currency_missing")),
        ({"amount": "1", "currency": "cny"}, ("/currency", "code_unknown")),
        ({"amount": "1", "currency": "XTS"}, ("/currency", "code_unknown")),
        ({"amount": "1", "currency": "CNY", "undisclosed": True}, ("/undisclosed", "amount_and_undisclosed")),
        ({"amount": "1", "currency": "CNY", "technology_amount": "2"}, ("/technology_amount", "technology_amount")),
        ({"currency": "CNY", "technology_amount": "2"}, ("/technology_amount", "technology_amount")),
        ({"kind": "framework"}, ("/kind", "code_unknown")),
        ({"exclusivity": ""}, ("/exclusivity", "code_unknown")),
        ({"royalty_bp": 10_001}, ("/royalty_bp", "whole_range")),
        ({"royalty_bp": 2.5}, ("/royalty_bp", "whole")),
        ({"valid_until": "2030-01-01T10:00:00"}, ("/valid_until", "moment_offset")),
        ({"undisclosed": "yes"}, ("/undisclosed", "truth")),
        ({"unit": "wan"}, ("/unit", "unknown")),
    ],
)
def test_wrong_terms_name_their_field(data, expected):
    assert codes(json, **data) == {expected}


@pytest.mark.parametrize(("typed", "basis"), [("2.5", 250), ("2.5 %", 250), ("100", 10_000), ("0", 0), ("0.05", 5)])
def test_royalty_is_typed_in_percent(typed, basis):
    assert form(royalty_percent=typed).royalty_bp == basis


@pytest.mark.parametrize("typed", ["100.01", "2.555", "-1", "abc", "1e1", "999"])
def test_a_wrong_royalty_is_refused(typed):
    assert codes(form, royalty_percent=typed) == {("/royalty_percent", "royalty")}


def test_a_wall_clock_time_is_that_of_the_fair():
    assert form(valid_until="2030-09-21T18:00").valid_until == datetime(2030, 9, 21, 10, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_refused_at_its_field():
    schema = RoundFormIn("Europe/Berlin")
    with pytest.raises(ValidationError) as refused:
        schema.load({"valid_until": "2026-03-29T02:30"})
    assert [(e.pointer, e.code) for e in messages_to_errors(refused.value.messages)] == [("/valid_until", "moment_ambiguous")]


def test_an_interest_names_a_listing():
    load = InterestIn().load
    assert codes(lambda **data: load(data), cooperation_wanted="licence", question="May we?") == {("/achievement_id", "listing_missing")}
