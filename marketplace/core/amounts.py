"""Amounts as people write and read them: typed entry with units such as 万元, and the number read back in words."""

import re
from fractions import Fraction
from typing import Final

from num2words import num2words  # type: ignore[import-untyped]

from marketplace.core.money import AmountError, check_bounds, currency_name, deal_exponent, exponent

_POWERS: Final = {"one": 0, "thousand": 3, "wan": 4, "million": 6, "yi": 8, "billion": 9}
UNITS: Final[tuple[str, ...]] = tuple(_POWERS)

_ENGLISH_SUFFIXES: Final = {"k": 3, "thousand": 3, "m": 6, "million": 6, "bn": 9, "billion": 9}
_CHINESE_SUFFIXES: Final = {"千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8}
_YUAN: Final = "元"

_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９，．\N{IDEOGRAPHIC SPACE}", "0123456789,. ")
_BLANKS: Final = " \N{NO-BREAK SPACE}\N{THIN SPACE}\N{NARROW NO-BREAK SPACE}"
_TYPED: Final = re.compile(
    rf"(?P<whole>0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?P<mark>[,{_BLANKS}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*)"
    rf"(?:\.(?P<decimals>[0-9]+))?[{_BLANKS}]*(?P<suffix>[A-Za-z\u4e00-\u9fff]*)"
)
_LONGEST_TYPED: Final = 64

_SUBUNITS: Final = {
    **dict.fromkeys(["AUD", "CAD", "EUR", "HKD", "NZD", "SGD", "USD"], ("cent", "cents")),
    "CNY": ("fen", "fen"),
    "GBP": ("penny", "pence"),
}
_CAPITALS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))


def parse_typed(text: str, *, unit: str, currency: str) -> int:
    """Minor units of what a person typed: ``"6,800"`` with unit ``wan``, or ``"6800万元"`` with unit ``one``.

    Allows full-width digits, and groups of three by one kind of comma or blank; the result must be whole minor units.
    Raises AmountError ``unit_unknown``, ``currency_unknown``, ``amount_format``, ``unit_twice`` (a unit typed and another one
    chosen), ``currency_mismatch`` (元 typed beside another currency), ``currency_exponent`` or ``amount_bounds``.
    """
    if unit not in _POWERS:
        raise AmountError("unit_unknown", unit=str(unit)[:20])
    places = deal_exponent(currency)
    typed = text.translate(_FULL_WIDTH).strip(_BLANKS)
    match = _TYPED.fullmatch(typed) if len(typed) <= _LONGEST_TYPED else None
    if match is None:
        raise AmountError("amount_format")
    power = _POWERS[unit] + _suffix_power(match["suffix"], unit=unit, currency=currency)
    decimals = match["decimals"] or ""
    whole = re.sub("[^0-9]", "", match["whole"])
    minor = Fraction(int(whole + decimals) * 10 ** (power + places), 10 ** len(decimals))
    # "10.000" may be ten thousand to who types it: without a unit even zeros beyond the currency's decimals are refused.
    if minor.denominator != 1 or (power == 0 and len(decimals) > places):
        raise AmountError("currency_exponent", currency=currency, exponent=str(places))
    return check_bounds(int(minor), currency)


def _suffix_power(suffix: str, *, unit: str, currency: str) -> int:
    """Power of ten that a typed suffix stands for; 0 for none and for 元 alone."""
    if not suffix:
        return 0
    chinese = suffix.removesuffix(_YUAN)
    power = _ENGLISH_SUFFIXES.get(suffix.lower(), _CHINESE_SUFFIXES.get(chinese, 0 if suffix == _YUAN else None))
    if power is None:
        raise AmountError("amount_format")
    if unit != "one":
        raise AmountError("unit_twice")
    if chinese != suffix and currency != "CNY":
        raise AmountError("currency_mismatch", currency=currency)
    return power


def words_en(minor: int, currency: str) -> str:
    """The amount in English words: "Sixty-eight million yuan", "One US dollar and fifty cents", "Two Swiss francs and 5/100".

    "And" stands only before the minor units. Raises AmountError ``currency_unknown`` or ``amount_negative``.
    """
    whole, rest = _parts(minor, currency)
    words = f"{_cardinal(whole)} {currency_name(currency, locale='en', one=whole == 1)}"
    if rest:
        names = _SUBUNITS.get(currency)
        spoken = f"{_cardinal(rest)} {names[rest > 1]}" if names else f"{rest}/{10 ** exponent(currency)}"
        words += f" and {spoken}"
    return words[0].upper() + words[1:]


def words_zh(minor: int, currency: str) -> str:
    """The amount in Chinese capitals: 陆仟捌佰万元整, 壹元零伍分; other currencies 壹拾贰万美元整, 肆拾贰点伍零美元.

    After the central bank's rules for filling in bills (支付结算办法, annex 1), without the 零 that it leaves to the writer.
    Raises AmountError ``currency_unknown`` or ``amount_negative``.
    """
    whole, rest = _parts(minor, currency)
    if currency == "CNY":
        return _yuan_capitals(whole, rest)
    name = currency_name(currency, locale="zh")
    if not rest:
        return f"{_capitals(whole)}{name}整"
    decimals = "".join(_CAPITALS[int(digit)] for digit in str(rest).zfill(exponent(currency)))
    return f"{_capitals(whole)}点{decimals}{name}"


def _yuan_capitals(yuan: int, rest: int) -> str:
    jiao, fen = divmod(rest, 10)
    words = f"{_capitals(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{_CAPITALS[jiao]}角"
    elif fen and yuan:
        words += _CAPITALS[0]
    return words + (f"{_CAPITALS[fen]}分" if fen else "整")


def _capitals(number: int) -> str:
    """Capitals of a whole number; 零 where the next place, or a whole group of four before 亿, is empty and something follows."""
    for base, name in _PLACES:
        if number >= base:
            head, rest = divmod(number, base)
            if not rest:
                return _capitals(head) + name
            gap = _CAPITALS[0] if rest < base // 10 or head % 10**4 == 0 else ""
            return _capitals(head) + name + gap + _capitals(rest)
    return _CAPITALS[number]


def _cardinal(number: int) -> str:
    words: str = num2words(number, lang="en")
    return words.replace(" and ", " ").replace(",", "")


def _parts(minor: int, currency: str) -> tuple[int, int]:
    places = exponent(currency)
    if minor < 0:
        raise AmountError("amount_negative")
    base: int = 10**places
    return divmod(minor, base)
