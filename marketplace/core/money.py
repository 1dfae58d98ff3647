"""Money as whole minor units of a currency: reading, writing, converting, splitting and printing it exactly."""

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import pycountry
from babel.numbers import format_decimal, get_currency_name, get_currency_symbol

MAX_MINOR: Final = 10**15
MAX_SUM: Final = 10**18


def N_(text: str) -> str:
    """Marks a text for the catalogue of translations without translating it here; the name is gettext's."""
    return text


MESSAGES: Final[dict[str, str]] = {
    "amount_format": N_("This is not an amount. Write digits with at most one decimal point, for example 1250.50."),
    "amount_bounds": N_("The amount must be more than zero and at most %(most)s %(currency)s."),
    "amount_negative": N_("Only an amount that is not negative can be written in words."),
    "amount_overflow": N_("The converted amount in %(currency)s is too large to book."),
    "currency_exponent": N_("An amount in %(currency)s has at most %(exponent)s decimal places."),
    "currency_mismatch": N_("元 names Chinese yuan, but the currency is %(currency)s."),
    "currency_unknown": N_("%(currency)s is not the code of a currency in use (ISO 4217, capital letters)."),
    "locale_unknown": N_("Amounts can be written in English (en) or Chinese (zh), not in %(locale)s."),
    "rate_invalid": N_("An exchange rate must be an exact number above zero, and 1 within one currency."),
    "shares_invalid": N_("Shares must be whole numbers that are not negative, with at least one above zero."),
    "unit_twice": N_("The unit is given twice: leave out what follows the number, or choose single units."),
    "unit_unknown": N_("%(unit)s is not a unit for amounts."),
}


class AmountError(ValueError):
    """An amount, currency, unit or rate that cannot be accepted.

    ``str(error)`` is an English sentence for the user; ``MESSAGES[error.code] % error.params`` builds it, so that an edge can
    translate the template first.
    """

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(MESSAGES[code] % params)
        self.code = code
        self.params = params


# Funds, indexed units and settlement variants (ISO 4217 list one): known, but nobody pays a contract in them.
_NOT_FOR_DEALS: Final = frozenset({"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"})
_X_IN_CIRCULATION: Final = frozenset({"XAF", "XCD", "XCG", "XOF", "XPF"})
_ISO: Final = frozenset(
    entry.alpha_3
    for entry in pycountry.currencies
    if not entry.alpha_3.startswith("X") or entry.alpha_3 in _X_IN_CIRCULATION
)
CURRENCIES: Final[frozenset[str]] = _ISO - _NOT_FOR_DEALS

# ISO 4217, not CLDR: CLDR gives 13 active currencies fewer decimals, because coins are out of use there.
_WITHOUT_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(_WITHOUT_DECIMALS.split(), 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}

_MACHINE: Final = re.compile(r"(0|[1-9][0-9]*)(?:\.([0-9]+))?")
_LONGEST_MACHINE: Final = 40

_SCALES: Final[dict[str, tuple[tuple[int, str], ...]]] = {
    "en": ((12, "trillion "), (9, "billion "), (6, "million ")),
    "zh": ((12, "万亿"), (8, "亿"), (4, "万")),
}
_UNDISCLOSED: Final = {"en": "undisclosed", "zh": "未披露"}
_MOST_DECIMALS: Final = 5
# CLDR says 人民币, which names the money and not its unit, and has no Chinese name yet for the two newest codes.
_ZH_NAMES: Final = {"CNY": "元", "XCG": "加勒比盾", "ZWG": "津巴布韦金"}


def exponent(currency: str) -> int:
    """Decimal places of the minor unit by ISO 4217: 0, 2, 3 or 4. Answers for fund codes too, which `CURRENCIES` leaves out.

    Raises AmountError ``currency_unknown``; only exact upper-case codes are known.
    """
    if currency not in _ISO:
        raise AmountError("currency_unknown", currency=str(currency)[:12])
    return _EXPONENTS.get(currency, 2)


def deal_exponent(currency: str) -> int:
    """Like `exponent`, for the currencies a deal can be made in; raises ``currency_unknown`` for all others."""
    if currency not in CURRENCIES:
        raise AmountError("currency_unknown", currency=str(currency)[:12])
    return exponent(currency)


def check_bounds(minor: int, currency: str) -> int:
    """The amount itself when it lies in 1..MAX_MINOR, else AmountError ``amount_bounds``."""
    if not 1 <= minor <= MAX_MINOR:
        raise AmountError("amount_bounds", most=to_text(MAX_MINOR, currency), currency=currency)
    return minor


def to_minor(text: str, currency: str) -> int:
    """Minor units of an amount in machine form, as the API and CSV files carry it: ASCII digits, then at most one point.

    No sign, blank, grouping, leading zero or power of ten, and never more decimals than the currency has, not even zeros.
    Raises AmountError ``currency_unknown``, ``amount_format``, ``currency_exponent`` or ``amount_bounds``.
    """
    places = deal_exponent(currency)
    match = _MACHINE.fullmatch(text) if len(text) <= _LONGEST_MACHINE else None
    if match is None:
        raise AmountError("amount_format")
    whole, decimals = match[1], match[2] or ""
    if len(decimals) > places:
        raise AmountError("currency_exponent", currency=currency, exponent=str(places))
    return check_bounds(int(whole + decimals.ljust(places, "0")), currency)


def to_text(minor: int, currency: str) -> str:
    """Machine form with all decimals of the currency: ``68000000.00``; a counter-posting keeps its minus sign."""
    return _with_point(minor, exponent(currency))


def convert(minor: int, *, source: str, target: str, rate: Fraction) -> int:
    """Minor units of ``target`` for minor units of ``source``; ``rate`` = units of target per one unit of source.

    Rounds once, half to even. Raises AmountError ``rate_invalid``, ``currency_unknown``, or ``amount_overflow`` beyond 10^18.
    """
    shift = Fraction(10 ** exponent(target), 10 ** exponent(source))
    if not isinstance(rate, Fraction) or rate <= 0 or (source == target and rate != 1):
        raise AmountError("rate_invalid")
    converted = round(minor * rate * shift)
    if abs(converted) > MAX_SUM:
        raise AmountError("amount_overflow", currency=target)
    return converted


def cross(eur_to_source: Decimal, eur_to_target: Decimal) -> Fraction:
    """Units of target per unit of source, exact, from two published legs per one euro. Raises AmountError ``rate_invalid``."""
    if not (eur_to_source.is_finite() and eur_to_target.is_finite() and eur_to_source > 0 and eur_to_target > 0):
        raise AmountError("rate_invalid")
    return Fraction(eur_to_target) / Fraction(eur_to_source)


def split_minor(total: int, shares: Sequence[int]) -> list[int]:
    """Parts of ``total`` in the proportion of ``shares``, which add up to it exactly (largest remainder; ties to the earlier).

    A negative total is split as its opposite, so that a reversal cancels part by part. Raises AmountError ``shares_invalid``.
    """
    weight = sum(shares)
    if weight <= 0 or min(shares) < 0:
        raise AmountError("shares_invalid")
    exact = [divmod(abs(total) * share, weight) for share in shares]
    parts = [whole for whole, _ in exact]
    by_remainder = sorted(range(len(shares)), key=lambda place: -exact[place][1])
    for place in by_remainder[: abs(total) - sum(parts)]:
        parts[place] += 1
    return parts if total >= 0 else [-part for part in parts]


def language_of(locale: str) -> str:
    """``en`` or ``zh`` of a locale such as ``zh_Hans_CN`` or ``en-GB``; raises AmountError ``locale_unknown``."""
    language = re.split("[-_]", str(locale))[0]
    if language not in _SCALES:
        raise AmountError("locale_unknown", locale=str(locale)[:20])
    return language


def currency_name(currency: str, *, locale: str, one: bool = False) -> str:
    """The unit's name as it follows a number: "yuan", "US dollars" ("US dollar" for ``one``); 元, 美元. Source: CLDR."""
    exponent(currency)
    language = language_of(locale)
    if language == "en":
        return "yuan" if currency == "CNY" else get_currency_name(currency, 1 if one else 2, "en")
    return _ZH_NAMES.get(currency) or get_currency_name(currency, locale="zh")


def format_money(minor: int | None, currency: str, *, locale: str) -> str:
    """The full amount with its symbol and all ISO decimals: ``¥68,000,000.00``, ``US$42.50``; None reads "undisclosed".

    Symbols are those of CLDR's Chinese table in both languages: the English one writes ¥ for yen and $ for US dollars.
    """
    language, places = language_of(locale), exponent(currency)
    if minor is None:
        return _UNDISCLOSED[language]
    symbol = get_currency_symbol(currency, "zh")
    gap = "" if unicodedata.category(symbol[-1]) == "Sc" else "\N{NO-BREAK SPACE}"
    pattern = "#,##0" + ("." + "0" * places if places else "")
    number = format_decimal(Decimal(_with_point(abs(minor), places)), format=pattern, locale=language)
    return f"{'-' if minor < 0 else ''}{symbol}{gap}{number}"


def short(minor: int, currency: str, *, locale: str) -> str:
    """The exact amount in the largest unit that needs at most five decimals: "17.848 billion yuan", "420 万元". Never rounds."""
    language, places = language_of(locale), exponent(currency)
    for power, scale in _SCALES[language]:
        number = _trimmed(_with_point(minor, places + power))
        if abs(minor) >= 10 ** (places + power) and len(number.partition(".")[2]) <= _MOST_DECIMALS:
            return f"{_grouped(number)} {scale}{currency_name(currency, locale=language)}"
    number = _without_zero_decimals(_with_point(minor, places))
    return f"{_grouped(number)} {currency_name(currency, locale=language, one=number == '1')}"


def short_rounded(minor: int, currency: str, *, locale: str, digits: int = 3) -> tuple[str, str]:
    """Number and unit for a headline, rounded half to even to ``digits`` decimals: ("17.848", "billion yuan").

    The unit is chosen after rounding, so 999,999,999.00 yuan is ("1", "billion yuan"). Without a unit the currency's own
    decimals remain, at most ``digits`` of them.
    """
    language, places = language_of(locale), exponent(currency)
    for power, scale in _SCALES[language]:
        rounded = round(Fraction(minor * 10**digits, 10 ** (places + power)))
        if abs(rounded) >= 10**digits:
            number = _trimmed(_with_point(rounded, digits))
            return _grouped(number), scale + currency_name(currency, locale=language)
    kept = min(digits, places)
    number = _without_zero_decimals(_with_point(round(Fraction(minor * 10**kept, 10**places)), kept))
    return _grouped(number), currency_name(currency, locale=language, one=number == "1")


def _with_point(number: int, places: int) -> str:
    digits = str(abs(number)).zfill(places + 1)
    sign = "-" if number < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _without_zero_decimals(number: str) -> str:
    whole, _, decimals = number.partition(".")
    return number if decimals.strip("0") else whole


def _grouped(number: str) -> str:
    whole, point, decimals = number.partition(".")
    return f"{int(whole):,}{point}{decimals}" if int(whole) else number
