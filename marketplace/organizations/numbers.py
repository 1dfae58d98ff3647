"""Registration numbers of organisations: their one written form, and whether their check digit fits (docs/rules/numbers.md)."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import ModuleType
from typing import Any

from stdnum import exceptions, lei
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as eu_vat
from stdnum.gb import vat as british_vat
from stdnum.no import mva as norwegian_vat

from marketplace.core.i18n import lazy_gettext as _l

LONGEST = 40


class Scheme(StrEnum):
    """Who numbers: China's unified social credit code, the LEI of ISO 17442, ROR's list of research bodies, value added tax."""

    USCC = "uscc"
    LEI = "lei"
    ROR = "ror"
    VAT = "vat"


class WrongNumber(ValueError):
    """``code`` is number_length, number_signs, number_check or number_country; ``text`` says it to a person."""

    def __init__(self, code: str, text: Any):
        super().__init__(code)
        self.code, self.text = code, text


USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC = re.compile(rf"[{USCC_SIGNS}]{{2}}\d{{6}}[{USCC_SIGNS}]{{10}}", re.ASCII)
_ROR = re.compile(r"0[0-9a-hjkmnp-tv-z]{6}\d{2}", re.ASCII)
_ROR_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_ROR_ADDRESS = re.compile(r"^(?:https?://)?(?:www\.)?ror\.org/", re.IGNORECASE)
_SWISS_TAIL = re.compile("(?:MWST|TVA|IVA|TPV)$")
_SPACING = re.compile(r"[\s\u00a0.\-_/]+")
VAT_ELSEWHERE: Mapping[str, ModuleType] = {"GB": british_vat, "CH": swiss_vat, "NO": norwegian_vat}


def normalised(scheme: Scheme, text: str) -> str:
    """The one written form of a number, after its length, signs and check digit were found right. Raises WrongNumber."""
    return _READERS[scheme](text.strip())


def _length(wanted: str) -> WrongNumber:
    return WrongNumber("number_length", _l("This has another length than such a number: %(wanted)s characters are expected.", wanted=wanted))


def _signs(text: Any) -> WrongNumber:
    return WrongNumber("number_signs", text)


def _check() -> WrongNumber:
    return WrongNumber("number_check", _l("The check digit does not fit: at least one character is mistyped."))


def uscc_check_sign(first_17: str) -> str:
    """The 18th sign by GB 32100-2015: (31 − Σ sign·weight) mod 31."""
    return USCC_SIGNS[-sum(USCC_SIGNS.index(sign) * weight for sign, weight in zip(first_17, USCC_WEIGHTS, strict=True)) % 31]


def _uscc(text: str) -> str:
    """Letters in the first two places too: authorities A, N and Y, which python-stdnum does not know."""
    number = _SPACING.sub("", text).upper()
    if len(number) != 18:
        raise _length("18")
    if not _USCC.fullmatch(number):
        raise _signs(_l("A credit code has digits and capital letters without I, O, S, V and Z; places 3 to 8 are digits."))
    if uscc_check_sign(number[:17]) != number[17]:
        raise _check()
    return number


def _lei(text: str) -> str:
    number = _SPACING.sub("", text).upper()
    if len(number) != 20:
        raise _length("20")
    if not number.isascii() or not number.isalnum():
        raise _signs(_l("An LEI has digits and capital letters only."))
    if not lei.is_valid(number):
        raise _check()
    return number


def ror_check_digits(first_7: str) -> str:
    """98 − (100·n mod 97), two digits, where n is Crockford's base 32 of the signs before."""
    n = 0
    for sign in first_7:
        n = n * 32 + _ROR_SIGNS.index(sign)
    return f"{98 - n * 100 % 97:02d}"


def _ror(text: str) -> str:
    number = _ROR_ADDRESS.sub("", text).strip().rstrip("/").lower()
    if len(number) != 9:
        raise _length("9")
    if not _ROR.fullmatch(number):
        raise _signs(_l("A ROR id begins with 0, has digits and letters without i, l, o and u, and ends in two digits."))
    if ror_check_digits(number[:7]) != number[7:]:
        raise _check()
    return number


def _vat(text: str) -> str:
    """With the two letters of its country in front: those of the European Union, the United Kingdom, Switzerland and Norway."""
    number = _SPACING.sub("", text).upper()
    if not number.isascii() or not number.isalnum():
        raise _signs(_l("A VAT number has digits and capital letters only."))
    country = number[:2]
    try:
        if country in VAT_ELSEWHERE:
            national = VAT_ELSEWHERE[country]
            if country == "CH":  # MWST, TVA and IVA at its end say one thing in three languages
                return str(national.validate(_SWISS_TAIL.sub("", number) + "MWST"))[:12]
            return country + str(national.validate(number[2:]))
        return str(eu_vat.validate(number))
    except exceptions.InvalidLength as error:
        raise WrongNumber("number_length", _l("This has another length than the VAT numbers of its country.")) from error
    except exceptions.InvalidChecksum as error:
        raise _check() from error
    except exceptions.InvalidComponent as error:
        raise WrongNumber("number_country", _l("Begin with the two letters of a country whose VAT numbers can be checked: one of the European Union, GB, CH or NO.")) from error
    except exceptions.ValidationError as error:
        raise _signs(_l("This is not written as the VAT numbers of its country are.")) from error


_READERS: Mapping[Scheme, Callable[[str], str]] = {Scheme.USCC: _uscc, Scheme.LEI: _lei, Scheme.ROR: _ror, Scheme.VAT: _vat}


def address(scheme: Scheme, value: str) -> str | None:
    """Where anybody can look a number up, if its register has an address for each."""
    return {Scheme.ROR: f"https://ror.org/{value}", Scheme.LEI: f"https://search.gleif.org/#/record/{value}"}.get(scheme)
