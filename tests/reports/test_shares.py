"""Shares: the table of `docs/rules/rounding.md`, repeated."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.shares import percent, tenths

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "rounding.md").read_text().split("## Shares")[1]
ROWS = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.–]+) \|$", PAGE, re.M)


def test_the_page_has_its_table():
    assert len(ROWS) == 13


@pytest.mark.parametrize(("part", "whole", "printed"), ROWS)
def test_a_share_prints_as_the_page_says(part, whole, printed):
    assert percent(int(part), int(whole)) == printed


@given(st.integers(0, 10**18), st.integers(1, 10**18))
def test_a_share_is_the_exact_quotient_rounded_once_half_to_even(part, whole):
    import decimal

    with decimal.localcontext() as context:
        context.prec = 60
        exact = Decimal(1000 * part) / Decimal(whole)
        assert tenths(part, whole) == int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
