"""Money: the rule page on rounding, row by row, and the laws behind it."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from babel.numbers import get_currency_symbol
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import (
    CURRENCIES,
    MAX_MINOR,
    MAX_SUM,
    MESSAGES,
    AmountError,
    convert,
    cross,
    currency_name,
    deal_exponent,
    exponent,
    format_money,
    short,
    short_rounded,
    split_minor,
    to_minor,
    to_text,
)

RULES = Path(__file__).parents[2] / "docs" / "rules"
LEGS = {"EUR": Decimal(1), "USD": Decimal("1.1797"), "CNY": Decimal("7.9861"), "JPY": Decimal("123.38")}

MACHINE_FORM = [
    ("10.00", "EUR", "1000"),
    ("10", "EUR", "1000"),
    ("10.5", "EUR", "1050"),
    ("10", "JPY", "10"),
    ("10.000", "KWD", "10000"),
    ("0.01", "CNY", "1"),
    ("10000000000000.00", "CNY", "1000000000000000"),
    ("10000000000000.01", "CNY", "amount_bounds"),
    ("0.00", "EUR", "amount_bounds"),
    ("10.001", "EUR", "currency_exponent"),
    ("10.000", "EUR", "currency_exponent"),
    ("10.0", "JPY", "currency_exponent"),
    ("-1.00", "EUR", "amount_format"),
    ("1,000.00", "EUR", "amount_format"),
    ("1e3", "EUR", "amount_format"),
    (".5", "EUR", "amount_format"),
    ("5.", "EUR", "amount_format"),
    ("007", "EUR", "amount_format"),
    ("１０", "CNY", "amount_format"),
    ("NaN", "EUR", "amount_format"),
    ("10", "eur", "currency_unknown"),
    ("10", "XAU", "currency_unknown"),
    ("10", "ZWD", "currency_unknown"),
]

CONVERTED = [
    ("1000000.00", "USD", "CNY", "6769602.44"),
    ("6769602.44", "CNY", "USD", "1000000.00"),
    ("100000000", "JPY", "CNY", "6472767.06"),
    ("1.00", "CNY", "JPY", "15"),
    ("0.01", "CNY", "JPY", "0"),
    ("100.00", "EUR", "JPY", "12338"),
]

HALVES = [
    ("1", "0"),
    ("3", "2"),
    ("5", "2"),
    ("-3", "-2"),
]

SPLIT = [
    ("100", "1, 1, 1", "34, 33, 33"),
    ("-100", "1, 1, 1", "-34, -33, -33"),
    ("101", "50, 30, 20", "51, 30, 20"),
    ("5", "0, 1, 1", "0, 3, 2"),
    ("1", "1, 2", "0, 1"),
]

IN_FULL = [
    ("68000000.00", "CNY", "¥68,000,000.00"),
    ("42.50", "USD", "US$42.50"),
    ("-42.50", "USD", "-US$42.50"),
    ("1200", "JPY", "JP¥1,200"),
    ("0.10", "EUR", "€0.10"),
]

SHORTENED = [
    ("17848000000.00", "CNY", "17.848 billion yuan", "178.48 亿元"),
    ("6800000.00", "CNY", "6.8 million yuan", "680 万元"),
    ("4200000.00", "CNY", "4.2 million yuan", "420 万元"),
    ("17848123000.00", "CNY", "17,848.123 million yuan", "178.48123 亿元"),
    ("10005000.05", "CNY", "10,005,000.05 yuan", "10,005,000.05 元"),
    ("120000.50", "USD", "120,000.50 US dollars", "12.00005 万美元"),
    ("1.00", "USD", "1 US dollar", "1 美元"),
    ("-2500000.00", "EUR", "-2.5 million euros", "-250 万欧元"),
    ("1000000000000", "JPY", "1 trillion Japanese yen", "1 万亿日元"),
]

HEADLINES = [
    ("17848123456.78", "CNY", "3", "17.848 billion yuan", "178.481 亿元"),
    ("999999999.00", "CNY", "3", "1 billion yuan", "10 亿元"),
    ("2500000.00", "CNY", "0", "2 million yuan", "250 万元"),
    ("3500000.00", "CNY", "0", "4 million yuan", "350 万元"),
    ("42.50", "USD", "3", "42.50 US dollars", "42.50 美元"),
    ("42.50", "USD", "0", "42 US dollars", "42 美元"),
]

amounts = st.integers(min_value=1, max_value=MAX_MINOR)
sums = st.integers(min_value=-MAX_SUM, max_value=MAX_SUM)
currencies = st.sampled_from(sorted(CURRENCIES))
rates = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=10**6)


def _tables(page: str) -> list[list[tuple[str, ...]]]:
    """The body rows of each table of a rule page, as tuples of cells."""
    found: list[list[tuple[str, ...]]] = []
    previous = ""
    for line in (RULES / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            if not previous.startswith("|"):
                found.append([])
            found[-1].append(tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")))
        previous = line
    return [rows[2:] for rows in found]


def _minor(text: str, currency: str) -> int:
    return int(Decimal(text).scaleb(exponent(currency)))


def _code(refused: Callable[[], object]) -> str:
    with pytest.raises(AmountError) as caught:
        refused()
    assert str(caught.value) == MESSAGES[caught.value.code] % caught.value.params
    return caught.value.code


def test_the_rule_page_holds_these_tables_and_one_of_shares_that_reports_repeat() -> None:
    *tables, _shares = _tables("rounding.md")
    assert tables == [MACHINE_FORM, CONVERTED, HALVES, SPLIT, IN_FULL, SHORTENED, HEADLINES]


def test_deals_are_made_in_the_155_currencies_in_circulation() -> None:
    assert len(CURRENCIES) == 155
    assert {"CNY", "USD", "EUR", "JPY", "KWD", "XOF", "XCG", "ZWG", "VES", "SLE"} <= CURRENCIES
    for code in (
        "XXX",
        "XTS",
        "XAU",
        "XDR",
        "XAD",
        "CLF",
        "UYI",
        "UYW",
        "USN",
        "CHE",
        "ZWD",
        "ZWL",
        "DEM",
        "HRK",
        "SLL",
        "ANG",
    ):
        assert code not in CURRENCIES, code


@pytest.mark.parametrize(
    ("places", "codes"),
    [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (2, "AFN ALL IRR KPW LAK LBP MGA MMK RSD SOS SYP YER"),
    ],
)
def test_decimals_follow_iso_4217_and_not_what_shops_print(places: int, codes: str) -> None:
    assert {code: exponent(code) for code in codes.split()} == dict.fromkeys(codes.split(), places)


def test_all_other_currencies_have_two_decimals_and_units_of_account_four() -> None:
    assert sorted(exponent(code) for code in CURRENCIES) == [0] * 16 + [2] * 132 + [3] * 7
    assert exponent("CLF") == exponent("UYW") == 4
    assert _code(lambda: deal_exponent("CLF")) == "currency_unknown"


@pytest.mark.parametrize("code", ["eur", "Eur", "EURO", "XXX", "XTS", "ZWD", "€", "", " EUR", "EUR\n", None, 978])
def test_only_exact_codes_in_use_are_known(code: str) -> None:
    assert _code(lambda: exponent(code)) == "currency_unknown"


@pytest.mark.parametrize(("text", "currency", "expected"), MACHINE_FORM)
def test_machine_form_is_read_strictly(text: str, currency: str, expected: str) -> None:
    if expected.isdigit():
        assert to_minor(text, currency) == int(expected)
    else:
        assert _code(lambda: to_minor(text, currency)) == expected


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1\n", "+1", "-0", "1 000", "1'000", "1.000,00", "€10", "1.2.3", "٣", "9" * 5000]
)
def test_machine_form_knows_no_decoration(text: str) -> None:
    assert _code(lambda: to_minor(text, "EUR")) == "amount_format"


@given(amounts, currencies)
def test_machine_form_is_read_back_as_it_was_written(minor: int, currency: str) -> None:
    assert to_minor(to_text(minor, currency), currency) == minor


@given(sums, currencies)
def test_machine_form_states_the_exact_value(minor: int, currency: str) -> None:
    assert Fraction(to_text(minor, currency)) == Fraction(minor, 10 ** exponent(currency))


@pytest.mark.parametrize(("amount", "source", "target", "expected"), CONVERTED)
def test_conversion_follows_the_published_legs(amount: str, source: str, target: str, expected: str) -> None:
    rate = cross(LEGS[source], LEGS[target])
    assert to_text(convert(_minor(amount, source), source=source, target=target, rate=rate), target) == expected


@pytest.mark.parametrize(("minor", "expected"), HALVES)
def test_halves_go_to_the_even_neighbour(minor: str, expected: str) -> None:
    assert convert(int(minor), source="USD", target="EUR", rate=Fraction(1, 2)) == int(expected)


@given(sums.map(lambda minor: minor // 10**9), currencies, currencies, rates)
def test_conversion_errs_by_half_a_minor_unit_at_most(minor: int, source: str, target: str, rate: Fraction) -> None:
    rate = Fraction(1) if source == target else rate
    exact = Fraction(minor, 10 ** exponent(source)) * rate * 10 ** exponent(target)
    result = convert(minor, source=source, target=target, rate=rate)
    assert abs(result - exact) <= Fraction(1, 2)
    assert abs(result - exact) < Fraction(1, 2) or result % 2 == 0
    assert convert(-minor, source=source, target=target, rate=rate) == -result


def test_a_cross_is_the_exact_quotient_and_its_reverse_undoes_it() -> None:
    assert cross(LEGS["USD"], LEGS["CNY"]) == Fraction(79861, 11797)
    assert cross(LEGS["USD"], LEGS["CNY"]) * cross(LEGS["CNY"], LEGS["USD"]) == 1


@pytest.mark.parametrize("leg", ["0", "-1", "NaN", "Infinity"])
def test_a_leg_must_be_a_number_above_zero(leg: str) -> None:
    assert _code(lambda: cross(Decimal(leg), Decimal(1))) == "rate_invalid"
    assert _code(lambda: cross(Decimal(1), Decimal(leg))) == "rate_invalid"


@pytest.mark.parametrize(
    ("target", "rate"), [("CNY", Fraction(0)), ("CNY", Fraction(-1)), ("CNY", 6.77), ("USD", Fraction(2))]
)
def test_a_rate_is_exact_positive_and_one_within_a_currency(target: str, rate: Fraction) -> None:
    assert _code(lambda: convert(100, source="USD", target=target, rate=rate)) == "rate_invalid"


def test_a_conversion_beyond_the_largest_sum_is_refused() -> None:
    assert convert(MAX_MINOR, source="USD", target="EUR", rate=Fraction(1000)) == MAX_SUM
    assert _code(lambda: convert(MAX_MINOR, source="USD", target="EUR", rate=Fraction(1001))) == "amount_overflow"


@pytest.mark.parametrize(("total", "shares", "parts"), SPLIT)
def test_splitting_gives_the_rest_to_the_largest_remainders(total: str, shares: str, parts: str) -> None:
    assert split_minor(int(total), [int(share) for share in shares.split(",")]) == [
        int(part) for part in parts.split(",")
    ]


@given(sums, st.lists(st.integers(min_value=0, max_value=10**6), min_size=1).filter(any))
def test_parts_add_up_and_miss_their_proportion_by_less_than_one(total: int, shares: list[int]) -> None:
    parts = split_minor(total, shares)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - Fraction(total * share, sum(shares))) < 1
        assert share or not part


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1], [3, -1]])
def test_shares_must_have_weight(shares: list[int]) -> None:
    assert _code(lambda: split_minor(1, shares)) == "shares_invalid"


@pytest.mark.parametrize(("amount", "currency", "expected"), IN_FULL)
def test_an_amount_in_full_is_the_same_in_both_languages(amount: str, currency: str, expected: str) -> None:
    assert format_money(_minor(amount, currency), currency, locale="en") == expected
    assert format_money(_minor(amount, currency), currency, locale="zh_Hans_CN") == expected


def test_a_symbol_of_letters_stands_apart_from_the_number() -> None:
    assert format_money(1234500, "KWD", locale="en") == "KWD\N{NO-BREAK SPACE}1,234.500"


@given(sums, currencies)
def test_an_amount_in_full_shows_every_minor_unit(minor: int, currency: str) -> None:
    shown = format_money(minor, currency, locale="en").replace(get_currency_symbol(currency, "zh"), "")
    assert shown.replace(",", "").replace("\N{NO-BREAK SPACE}", "") == to_text(minor, currency)


def test_an_undisclosed_amount_says_so_in_each_language() -> None:
    assert format_money(None, "CNY", locale="en") == "undisclosed"
    assert format_money(None, "CNY", locale="zh") == "未披露"
    assert _code(lambda: format_money(None, "XXX", locale="zh")) == "currency_unknown"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_each_currency_has_its_own_name_and_symbol(locale: str) -> None:
    names = {currency_name(code, locale=locale) for code in CURRENCIES}
    assert len(names) == len(CURRENCIES)
    assert not names & CURRENCIES
    assert len({get_currency_symbol(code, "zh") for code in CURRENCIES}) == len(CURRENCIES)


@pytest.mark.parametrize(("amount", "currency", "english", "chinese"), SHORTENED)
def test_shortened_amounts_stay_exact(amount: str, currency: str, english: str, chinese: str) -> None:
    assert short(_minor(amount, currency), currency, locale="en") == english
    assert short(_minor(amount, currency), currency, locale="zh") == chinese


@given(sums | sums.map(lambda minor: minor // 10**9 * 10**6), currencies, st.sampled_from(["en", "zh"]))
def test_a_shortened_amount_can_be_multiplied_out_again(minor: int, currency: str, locale: str) -> None:
    number, unit = short(minor, currency, locale=locale).split(" ", 1)
    scales = {"million ": 6, "billion ": 9, "trillion ": 12, "万亿": 12, "万": 4, "亿": 8}
    power = next((scales[scale] for scale in scales if unit.startswith(scale)), 0)
    assert Fraction(number.replace(",", "")) * 10**power == Fraction(minor, 10 ** exponent(currency))


@pytest.mark.parametrize(("amount", "currency", "digits", "english", "chinese"), HEADLINES)
def test_headlines_round_half_to_even(amount: str, currency: str, digits: str, english: str, chinese: str) -> None:
    for locale, expected in (("en", english), ("zh", chinese)):
        shown = short_rounded(_minor(amount, currency), currency, locale=locale, digits=int(digits))
        assert shown == tuple(expected.split(" ", 1))


def test_other_languages_are_refused() -> None:
    assert _code(lambda: short(1, "CNY", locale="fr")) == "locale_unknown"
