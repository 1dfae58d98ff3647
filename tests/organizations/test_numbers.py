"""Registration numbers, by table: those of real registers are right, one wrong sign is not, and every refusal says why."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc

from marketplace.organizations.numbers import USCC_SIGNS, Scheme, WrongNumber, normalised, ror_check_digits, uscc_check_sign

RIGHT = [
    (Scheme.USCC, "91350100M000100Y43", "91350100M000100Y43"), (Scheme.USCC, "91110000600037341L", "91110000600037341L"),
    (Scheme.USCC, " 1210 0000 4000 0062 4d ", "12100000400000624D"),  # a public institution
    (Scheme.ROR, "03cve4549", "03cve4549"), (Scheme.ROR, "https://ror.org/02v51f717", "02v51f717"), (Scheme.ROR, "ROR.org/034T30J35/", "034t30j35"),
    (Scheme.LEI, "2138 00KU D8LA JWSQ 9D15", "213800KUD8LAJWSQ9D15"),
    (Scheme.VAT, "DE 136 695 976", "DE136695976"), (Scheme.VAT, "GB 980 7806 84", "GB980780684"), (Scheme.VAT, "NO 995 525 828 MVA", "NO995525828MVA"),
    (Scheme.VAT, "CHE-107.787.577 IVA", "CHE107787577"), (Scheme.VAT, "che-107.787.577 MWST", "CHE107787577"), (Scheme.VAT, "ATU13585627", "ATU13585627"),
]  # fmt: skip
WRONG = [
    (Scheme.USCC, "91310115MA1H8R7C6D", "number_check"), (Scheme.USCC, "91350100M000100Y4", "number_length"),
    (Scheme.USCC, "91350100I000100Y43", "number_signs"), (Scheme.USCC, "9135O100M000100Y43", "number_signs"), (Scheme.USCC, "", "number_length"),
    (Scheme.ROR, "03cve4548", "number_check"), (Scheme.ROR, "13cve4549", "number_signs"), (Scheme.ROR, "03cve454", "number_length"),
    (Scheme.ROR, "٠3cve4549", "number_signs"), (Scheme.ROR, "https://example.org/03cve4549", "number_length"),
    (Scheme.LEI, "213800KUD8LAJWSQ9D16", "number_check"), (Scheme.LEI, "213800KUD8LAJWSQ9D1", "number_length"), (Scheme.LEI, "213800KUD8LAJWSQ9D1é", "number_signs"),
    (Scheme.VAT, "DE136695978", "number_check"), (Scheme.VAT, "DE1", "number_length"), (Scheme.VAT, "US123456789", "number_country"),
    (Scheme.VAT, "", "number_signs"), (Scheme.VAT, "ATX13585627", "number_signs"),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "typed", "stored"), RIGHT)
def test_a_right_number_has_one_written_form(scheme, typed, stored):
    assert normalised(scheme, typed) == stored
    assert normalised(scheme, stored) == stored


@pytest.mark.parametrize(("scheme", "typed", "code"), WRONG)
def test_a_wrong_number_says_why(scheme, typed, code):
    with pytest.raises(WrongNumber) as refused:
        normalised(scheme, typed)
    assert refused.value.code == code
    assert str(refused.value.text)


@pytest.mark.parametrize("first_17", ["A1110000000000000", "N2330106MF0000001", "Y1110000MA0000009"])
def test_authorities_that_the_library_does_not_know_are_checked_all_the_same(first_17):
    number = first_17 + uscc_check_sign(first_17)
    assert not uscc.is_valid(number)
    assert normalised(Scheme.USCC, number) == number
    with pytest.raises(WrongNumber):
        normalised(Scheme.USCC, first_17 + USCC_SIGNS[USCC_SIGNS.index(number[17]) - 1])


@settings(max_examples=30)
@given(st.from_regex(r"[1-9][1-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{9}", fullmatch=True))
def test_where_the_library_knows_the_authority_both_find_one_check_sign(first_17):
    assert uscc_check_sign(first_17) == uscc.calc_check_digit(first_17)


@settings(max_examples=30)
@given(st.from_regex(r"0[0-9a-hjkmnp-tv-z]{6}", fullmatch=True), st.integers(1, 99))
def test_no_other_two_digits_fit_a_ror_id(first_7, more):
    digits = ror_check_digits(first_7)
    other = f"{(int(digits) + more) % 100:02d}"
    assert normalised(Scheme.ROR, first_7 + digits) == first_7 + digits
    if other != digits:
        with pytest.raises(WrongNumber):
            normalised(Scheme.ROR, first_7 + other)


def test_the_page_of_the_rule_says_the_same():
    text = (Path(__file__).parents[2] / "docs/rules/numbers.md").read_text()
    rows = re.findall(r"^\| (uscc|lei|ror|vat) \| `([^`]+)` \| (\S+) \|$", text, re.MULTILINE)
    assert len(rows) == 11
    for scheme, typed, expected in rows:
        try:
            found = normalised(Scheme(scheme), typed)
        except WrongNumber as error:
            found = error.code
        assert found == expected
