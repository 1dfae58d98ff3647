"""Units are converted exactly, however they are written; what is none is refused."""

from fractions import Fraction

import pytest

from marketplace.taxonomy.units import COMMON, unit


@pytest.mark.parametrize(
    ("value", "written", "other", "same"),
    [
        ("1", "bar", "0.1", "MPa"),
        ("150", "°C", "423.15", "K"),
        ("302", "°F", "150", "℃"),
        ("1", "kWh", "3.6", "MJ"),
        ("24", "小时", "1", "d"),
        ("1000", "µm", "1", "mm"),
        ("1", "μm", "1e-6", "m"),
        ("1", "L", "1", "dm³"),
        ("1", "㎥", "1000", "升"),
        ("60", "rpm", "1", "Hz"),
        ("0.5", "", "50", "%"),
        ("1", "W/(m·K)", "1000", "mW/(m*K)"),
        ("36", "km/h", "10", "m/s"),
        ("1", "m^2", "1", "m2"),
        ("1", "cm⁻²", "10000", "m-2"),
        ("3", "百万次", "3000000", "cycles"),
        ("2", "万元", "20000", "CNY"),
        ("1", "kΩ", "1000", "\N{OHM SIGN}"),
        ("1", "GB/s", "8000", "Mbit/s"),
        ("10", "ppm/K", "10", "ppm/°C"),
    ],
)
def test_the_same_quantity_in_two_units(value, written, other, same):
    one, two = unit(written), unit(same)
    assert one.dimension == two.dimension
    assert one.in_base(Fraction(value)) == two.in_base(Fraction(other))


@pytest.mark.parametrize("written", ["smoot", "m**99", "m*", "10", "kg kg", "m()", "__import__", "m.m", "W/m²K", "x" * 41, "m;s", "1e9", "°"*9])
def test_what_is_no_unit_is_refused(written):
    with pytest.raises(ValueError, match="not a unit"):
        unit(written)


def test_values_of_different_dimensions_do_not_compare():
    assert len({unit(written).dimension for written in ("°C", "m", "dB", "dB(A)", "HV", "pH", "%", "CNY", "EUR", "bit", "°")}) == 11


def test_what_the_form_suggests_is_known():
    assert [unit(written).factor > 0 for written in COMMON] == [True] * len(COMMON)
