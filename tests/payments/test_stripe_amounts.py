"""Stripe's amounts and those of ISO 4217: there and back, or refused."""


import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.gateway import (
    GatewayRefused,
    from_stripe_amount,
    to_stripe_amount,
)


@pytest.mark.parametrize(
    ("currency", "minor", "stripe_amount"),
    [
        ("EUR", 1980, 1980),
        ("cny", 1, 1),
        ("JPY", 500, 500),
        ("KRW", 500, 500),
        ("HUF", 1050, 1050),
        ("ISK", 5, 500),
        ("UGX", 5, 500),
        ("MGA", 700, 7),
        ("KWD", 1250, 1250),
        ("EUR", 0, 0),
    ],
)
def test_units_of_stripe_and_iso(currency: str, minor: int, stripe_amount: int) -> None:
    assert to_stripe_amount(minor, currency) == stripe_amount
    assert from_stripe_amount(stripe_amount, currency) == minor


@pytest.mark.parametrize(
    ("currency", "minor"), [("MGA", 750), ("KWD", 1251), ("TND", 9), ("LYD", 1000), ("IQD", 10), ("EUR", -1), ("€", 1)]
)
def test_amounts_stripe_cannot_express_are_refused(currency: str, minor: int) -> None:
    with pytest.raises(GatewayRefused):
        to_stripe_amount(minor, currency)


def test_a_fraction_of_a_krona_cannot_come_back() -> None:
    with pytest.raises(GatewayRefused):
        from_stripe_amount(550, "ISK")


@given(st.integers(0, 10**15), st.sampled_from(["EUR", "JPY", "ISK", "UGX", "MGA", "KWD", "BHD", "CNY"]))
def test_a_converted_amount_comes_back_or_is_refused(minor: int, currency: str) -> None:
    try:
        converted = to_stripe_amount(minor, currency)
    except GatewayRefused:
        assert minor % 10 or (currency == "MGA" and minor % 100)
    else:
        assert from_stripe_amount(converted, currency) == minor
