"""Amounts: the rule page on typing and reading back, row by row, and the laws behind it."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.core.amounts import UNITS, parse_typed, words_en, words_zh
from marketplace.core.money import CURRENCIES, MAX_MINOR, MAX_SUM, AmountError, exponent, to_minor, to_text

RULES = Path(__file__).parents[2] / "docs" / "rules"
POWERS = {"one": 0, "thousand": 3, "wan": 4, "million": 6, "yi": 8, "billion": 9}

TYPED = [
    ("68000000", "one", "CNY", "6800000000"),
    ("68,000,000.00", "one", "CNY", "6800000000"),
    ("68 000 000", "one", "CNY", "6800000000"),
    ("６，８００．５", "one", "CNY", "680050"),
    ("6,800", "wan", "CNY", "6800000000"),
    ("6800万元", "one", "CNY", "6800000000"),
    ("6800 万", "one", "CNY", "6800000000"),
    ("178.48亿元", "one", "CNY", "1784800000000"),
    ("178.48", "yi", "CNY", "1784800000000"),
    ("17.848", "billion", "CNY", "1784800000000"),
    ("17.848 Billion", "one", "CNY", "1784800000000"),
    ("1.2m", "one", "USD", "120000000"),
    ("1.2 bn", "one", "JPY", "1200000000"),
    ("250k", "one", "EUR", "25000000"),
    ("3千", "one", "CNY", "300000"),
    ("3百万元", "one", "CNY", "300000000"),
    ("3千万元", "one", "CNY", "3000000000"),
    ("42.50元", "one", "CNY", "4250"),
    ("0.5", "thousand", "KWD", "500000"),
    ("10.000", "one", "KWD", "10000"),
    ("10.000", "one", "EUR", "currency_exponent"),
    ("0.000000001", "million", "CNY", "currency_exponent"),
    ("1.23456789", "wan", "JPY", "currency_exponent"),
    ("6800万元", "wan", "CNY", "unit_twice"),
    ("420元", "wan", "CNY", "unit_twice"),
    ("1.2m", "million", "USD", "unit_twice"),
    ("12万元", "one", "USD", "currency_mismatch"),
    ("12,5", "one", "EUR", "amount_format"),
    ("1.000,00", "one", "EUR", "amount_format"),
    ("1,00,000", "one", "INR", "amount_format"),
    ("1,0000", "one", "CNY", "amount_format"),
    ("1,000 000", "one", "CNY", "amount_format"),
    ("0,123", "one", "EUR", "amount_format"),
    ("-5", "one", "CNY", "amount_format"),
    ("¥5", "one", "CNY", "amount_format"),
    ("5 zillion", "one", "CNY", "amount_format"),
    ("五万", "one", "CNY", "amount_format"),
    ("0", "one", "CNY", "amount_bounds"),
    ("10000000.000001", "million", "CNY", "amount_bounds"),
    ("5", "dozen", "CNY", "unit_unknown"),
    ("5", "one", "CLF", "currency_unknown"),
]

ENGLISH = [
    ("68000000.00", "CNY", "Sixty-eight million yuan"),
    ("120000.50", "USD", "One hundred twenty thousand US dollars and fifty cents"),
    ("1.01", "USD", "One US dollar and one cent"),
    ("2.01", "GBP", "Two British pounds and one penny"),
    ("10005000.05", "CNY", "Ten million five thousand yuan and five fen"),
    ("0.05", "EUR", "Zero euros and five cents"),
    ("2.05", "CHF", "Two Swiss francs and 5/100"),
    ("1.005", "KWD", "One Kuwaiti dinar and 5/1000"),
    ("101", "JPY", "One hundred one Japanese yen"),
]

YUAN_IN_CAPITALS = [
    ("68000000.00", "CNY", "陆仟捌佰万元整"),
    ("1409.50", "CNY", "壹仟肆佰零玖元伍角整"),
    ("6007.14", "CNY", "陆仟零柒元壹角肆分"),
    ("1680.32", "CNY", "壹仟陆佰捌拾元叁角贰分"),
    ("107000.53", "CNY", "壹拾万柒仟元伍角叁分"),
    ("16409.02", "CNY", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "CNY", "叁佰贰拾伍元零肆分"),
    ("10005000.05", "CNY", "壹仟万伍仟元零伍分"),
    ("10000005.00", "CNY", "壹仟万零伍元整"),
    ("100200000.00", "CNY", "壹亿零贰拾万元整"),
    ("1000005000.00", "CNY", "壹拾亿零伍仟元整"),
    ("17848000000.00", "CNY", "壹佰柒拾捌亿肆仟捌佰万元整"),
    ("1000000000000.00", "CNY", "壹万亿元整"),
    ("1000050000000.00", "CNY", "壹万亿零伍仟万元整"),
    ("10.00", "CNY", "壹拾元整"),
    ("0.50", "CNY", "伍角整"),
    ("0.05", "CNY", "伍分"),
]

OTHERS_IN_CAPITALS = [
    ("120000.00", "USD", "壹拾贰万美元整"),
    ("42.50", "USD", "肆拾贰点伍零美元"),
    ("1.005", "KWD", "壹点零零伍科威特第纳尔"),
    ("1200", "JPY", "壹仟贰佰日元整"),
]

amounts = st.integers(min_value=1, max_value=MAX_MINOR)
currencies = st.sampled_from(sorted(CURRENCIES))
# Whole numbers in which empty places are as frequent as others: that is where words go wrong.
sparse = st.lists(st.sampled_from("000012345"), min_size=1, max_size=18).map(lambda digits: int("".join(digits)))


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


def _read_capitals(words: str) -> int:
    """The whole number that Chinese capitals stand for, read by place names alone; 零 has no weight."""
    for name, base in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        head, found, rest = words.rpartition(name)
        if found:
            return _read_capitals(head) * base + _read_capitals(rest)
    return int("".join(str("零壹贰叁肆伍陆柒捌玖".index(digit)) for digit in words) or "0")


def test_the_rule_page_begins_with_these_tables_and_contracts_repeat_the_two_others() -> None:
    tables = _tables("amounts.md")
    assert tables[:4] == [TYPED, ENGLISH, YUAN_IN_CAPITALS, OTHERS_IN_CAPITALS]
    assert len(tables) == 6


@pytest.mark.parametrize(("typed", "unit", "currency", "expected"), TYPED)
def test_typed_amounts_are_read_exactly_or_refused(typed: str, unit: str, currency: str, expected: str) -> None:
    if expected.isdigit():
        assert parse_typed(typed, unit=unit, currency=currency) == int(expected)
    else:
        with pytest.raises(AmountError) as caught:
            parse_typed(typed, unit=unit, currency=currency)
        assert caught.value.code == expected


@pytest.mark.parametrize(
    "blank", [" ", "\N{THIN SPACE}", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\N{IDEOGRAPHIC SPACE}"]
)
def test_one_kind_of_blank_may_group_and_surround(blank: str) -> None:
    assert parse_typed(f"{blank}1{blank}234{blank}567.5{blank}万{blank}", unit="one", currency="CNY") == 1234567500000


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "万",
        "1\n2",
        "1 23",
        "12 34",
        "1  000",
        "1.",
        ".5",
        "1e3",
        "５０％",
        "½",
        "²",
        "٣",
        "5元元",
        "5万m",
        "5M元",
        "9" * 5000,
    ],
)
def test_what_can_be_read_two_ways_or_not_at_all_is_refused(typed: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_typed(typed, unit="one", currency="CNY")
    assert caught.value.code == "amount_format"


def test_a_fraction_of_a_minor_unit_is_refused_however_small() -> None:
    with pytest.raises(AmountError) as caught:
        parse_typed("1." + "0" * 50 + "1", unit="yi", currency="CNY")
    assert caught.value.code == "currency_exponent"


@given(amounts, currencies, st.sampled_from(UNITS), st.booleans())
def test_an_amount_written_in_any_unit_is_read_back(minor: int, currency: str, unit: str, grouped: bool) -> None:
    scaled = Decimal(minor).scaleb(-exponent(currency) - POWERS[unit])
    typed = f"{scaled:,f}" if grouped else f"{scaled:f}"
    assert parse_typed(typed, unit=unit, currency=currency) == minor


@given(amounts, currencies)
def test_machine_form_is_always_a_valid_typed_amount(minor: int, currency: str) -> None:
    assert parse_typed(to_text(minor, currency), unit="one", currency=currency) == minor


@given(st.text(alphabet="0123456789０１，,. 万亿元kmbn\u2009-e", max_size=24), st.sampled_from(UNITS), currencies)
def test_any_text_gives_an_amount_in_bounds_or_a_refusal(typed: str, unit: str, currency: str) -> None:
    try:
        found: int | str = parse_typed(typed, unit=unit, currency=currency)
    except AmountError as refusal:
        found = refusal.code
    if isinstance(found, str):
        assert found in {"amount_format", "amount_bounds", "currency_exponent", "currency_mismatch", "unit_twice"}
    else:
        assert 1 <= found <= MAX_MINOR
        assert to_minor(to_text(found, currency), currency) == found


@pytest.mark.parametrize(("amount", "currency", "words"), ENGLISH)
def test_english_words(amount: str, currency: str, words: str) -> None:
    assert words_en(_minor(amount, currency), currency) == words


@pytest.mark.parametrize(("amount", "currency", "words"), [*YUAN_IN_CAPITALS, *OTHERS_IN_CAPITALS])
def test_chinese_capitals(amount: str, currency: str, words: str) -> None:
    assert words_zh(_minor(amount, currency), currency) == words


@given(sparse)
def test_capitals_of_yuan_can_be_read_back(minor: int) -> None:
    words = words_zh(minor, "CNY")
    yuan, found, rest = words.removesuffix("整").rpartition("元")
    whole = _read_capitals(yuan) if found else 0
    jiao, _, fen = rest.rpartition("角")
    value = whole * 100 + _read_capitals(jiao) * 10 + _read_capitals(fen.removesuffix("分"))
    assert value == minor
    assert words.endswith("整") == (minor % 10 == 0)
    assert "零零" not in words
    assert minor == 0 or not words.startswith("零")


@settings(max_examples=1000)
@example(1000050000000)
@given(sparse)
def test_an_empty_place_inside_a_section_is_spoken(yuan: int) -> None:
    """The written 零 match the rule: one for each run of empty places, unless only the places up to 万 or 亿 are empty."""
    words = words_zh(yuan, "JPY").removesuffix("日元整")
    digits = str(yuan)
    runs = 0
    for place in range(1, len(digits)):
        power = len(digits) - 1 - place
        if digits[place] != "0" and digits[place - 1] == "0":
            runs += power % 4 != 3 or int(digits[:place]) % 10**4 == 0
    assert words.count("零") == runs + (yuan == 0)


@given(sparse, sparse, currencies)
def test_different_amounts_read_differently(first: int, second: int, currency: str) -> None:
    for words in (words_en, words_zh):
        assert (words(first, currency) == words(second, currency)) == (first == second)


@given(sparse.filter(bool), currencies, currencies)
def test_the_currency_is_always_heard(minor: int, first: str, second: str) -> None:
    for words in (words_en, words_zh):
        assert (words(minor, first) == words(minor, second)) == (first == second)


def test_words_reach_to_the_largest_sum_and_refuse_below_zero() -> None:
    assert words_zh(MAX_SUM, "JPY") == "壹佰亿亿日元整"
    assert words_en(MAX_SUM, "JPY") == "One quintillion Japanese yen"
    for words in (words_en, words_zh):
        with pytest.raises(AmountError) as caught:
            words(-1, "CNY")
        assert caught.value.code == "amount_negative"
