"""Numbers of patents, utility models and designs: how each office writes them, and the check digit where it has one (docs/rules/fields.md).

Office codes are WIPO's standard ST.3, the letter at the end of a publication its kind by ST.16. China's check digit is that of
its standard ZC 0006: the twelve digits times 2 to 9 and 2 to 5, modulo 11, ten written X.
"""

import re
import unicodedata
from dataclasses import dataclass

from marketplace.core.fields import refuse
from marketplace.core.i18n import gettext, language
from marketplace.taxonomy import vocabularies as v

LONGEST = 40
PATENT, UTILITY_MODEL, DESIGN = "patent", "utility_model", "design"
EXAMPLES = {
    "CN": "CN201710117081.7, CN106844774A", "WO": "PCT/CN2017/075812, WO2018/157342", "US": "US20130101709A1, US9123456B2, US 15/447,123",
    "EP": "EP3012345B1, EP 17708123.4", "DE": "DE102017001234A1, 10 2017 001 234.5", "JP": "JP2017-123456A, JP6123456B2", "KR": "KR10-2017-0012345, KR101712345B1",
}  # fmt: skip
"""Offices whose numbers are checked, with what they look like."""

_YEAR = r"(?:19[0-9]{2}|20[0-9]{2})"
_KIND = r"[A-Z][0-9]?"
_CN_APPLICATION = re.compile(rf"(?P<prefix>CN|ZL)(?P<digits>(?P<year>{_YEAR})(?P<type>[12389])[0-9]{{7}})(?:\.?(?P<check>[0-9X]))?")
_CN_OLD = re.compile(r"(?:CN|ZL)(?P<year>8[5-9]|9[0-9]|0[0-3])(?P<type>[12389])[0-9]{5}\.?[0-9X]")
_CN_PUBLICATION = re.compile(r"CN(?P<type>[123])(?:[0-9]{6}|[0-9]{8})(?P<letter>[ABCUYSD])[0-9]?")
_CN_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
_CN_KINDS = {"1": PATENT, "8": PATENT, "2": UTILITY_MODEL, "9": UTILITY_MODEL, "3": DESIGN}
_CN_LETTERS = {"A": "1", "B": "1", "C": "1", "U": "2", "Y": "2", "S": "3", "D": "3"}
_PCT = re.compile(rf"PCT/(?P<country>[A-Z]{{2}})(?:{_YEAR}/[0-9]{{6}}|[0-9]{{2}}/[0-9]{{5}})")
_FORMS: dict[str, re.Pattern[str]] = {
    "WO": re.compile(rf"WO(?:{_YEAR}/?[0-9]{{6}}|[0-9]{{2}}/?[0-9]{{5}})(?:A[1-9])?"),
    "US": re.compile(rf"US(?:{_YEAR}/?[0-9]{{7}}(?:A[1-9])?|[0-9]{{7,8}}(?:A|B[12])?|(?:D|PP|RE)[0-9]{{5,7}}(?:[SPE][1-9]?)?|[0-9]{{2}}/[0-9]{{6}})"),
    "EP": re.compile(r"EP(?:[0-9]{7}(?:[AB][1-9])?|[0-9]{8}\.[0-9])"),
    "DE": re.compile(rf"DE(?:[0-9]{{6,8}}(?:{_KIND})?|(?:10|11|20|21|50|60){_YEAR}[0-9]{{6}}(?:\.[0-9]|{_KIND})?)"),
    "JP": re.compile(rf"JP(?:{_YEAR}-?[0-9]{{6}}|[HS][0-9]{{2}}-?[0-9]{{6}}|[0-9]{{6,7}})(?:{_KIND})?"),
    "KR": re.compile(rf"KR(?:(?P<type>10|20|30)-?(?:{_YEAR}-?[0-9]{{7}}|[0-9]{{7}})|{_YEAR}[0-9]{{7}})(?:{_KIND})?"),
}
_KR_KINDS = {"10": PATENT, "20": UTILITY_MODEL, "30": DESIGN}
_PLAIN = re.compile(r"[\w./()\[\]#:+*-]+")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is stored, the office that its form tells, and whether its form was checked."""

    text: str
    office: str | None
    is_checked: bool


def read(kind: str, office: str | None, written: str) -> Number:
    """The number of a right of a kind, for an office or (None) for the one that its first letters name.

    Blanks and commas are taken out, letters become capitals. Only patents, utility models and designs of the offices of
    `EXAMPLES` are checked; of all others the number must be letters and digits, with at least one digit. Raises
    ValidationError that says what is wrong.
    """
    text = _normal(written)
    if len(text) > LONGEST:
        raise refuse("text_too_long", gettext("At most %(most)s characters; this has %(has)s.", most=LONGEST, has=len(text)))
    if kind not in (PATENT, UTILITY_MODEL, DESIGN):
        return Number(_plain(text), office, is_checked=False)
    named = _office_of(text)
    if office is None:
        office = named
    elif named != office and named in EXAMPLES:
        raise refuse("number_office", gettext("This number is one of the office %(named)s, not of %(office)s.", named=named, office=office))
    if office not in EXAMPLES:
        return Number(_plain(text), office, is_checked=False)
    text = text if named == office else f"{office}{text}"
    if office == "CN":
        return Number(_chinese(kind, text), office, is_checked=True)
    if office == "WO" and text.removeprefix("WO").startswith("PCT/"):
        return Number(_pct(text.removeprefix("WO")), office, is_checked=True)
    found = _FORMS[office].fullmatch(text)
    if found is None:
        raise _unlike(office, text)
    if office == "KR" and found["type"]:
        _agrees(kind, _KR_KINDS[found["type"]])
    return Number(text, office, is_checked=True)


def check_digit(digits: str) -> str:
    """China's check digit of an application's twelve digits: ``201710117081`` gives ``7``."""
    remainder = sum(int(digit) * weight for digit, weight in zip(digits, _CN_WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def _normal(written: str) -> str:
    return re.sub(r"[\s,]+", "", unicodedata.normalize("NFKC", written)).upper()


def _plain(text: str) -> str:
    if not _PLAIN.fullmatch(text) or not any(character.isdigit() for character in text):
        raise refuse("number_form", gettext("A number has digits, and letters, points, slashes or hyphens at most."))
    return text


def _office_of(text: str) -> str | None:
    """The office that a number's first letters name; ``ZL`` is China's mark of a granted patent."""
    if text.startswith("ZL"):
        return "CN"
    if text.startswith("PCT/"):
        return "WO"
    letters = text[:2]
    return letters if letters in v.OFFICES and text[2:3] != "" else None


def _chinese(kind: str, text: str) -> str:
    text = f"ZL{text[4:]}" if text.startswith("CNZL") else text
    if found := _CN_APPLICATION.fullmatch(text):
        _agrees(kind, _CN_KINDS[found["type"]])
        right = check_digit(found["digits"])
        if found["check"] is None:
            raise refuse("number_check", gettext("The check digit is missing: it stands after the point, as in %(example)s.", example="CN201710117081.7"))
        if found["check"] != right:
            raise refuse("number_check", gettext("The check digit does not fit: for %(digits)s it is %(right)s. Compare the number.", digits=found["digits"], right=right))
        return f"{found['prefix']}{found['digits']}.{right}"
    if found := _CN_OLD.fullmatch(text):
        _agrees(kind, _CN_KINDS[found["type"]])
        return text if "." in text else f"{text[:-1]}.{text[-1]}"
    found = _CN_PUBLICATION.fullmatch(text)
    if found is None or found["type"] != _CN_LETTERS[found["letter"]]:
        raise _unlike("CN", text)
    _agrees(kind, _CN_KINDS[found["type"]])
    return text


def _pct(text: str) -> str:
    found = _PCT.fullmatch(text)
    if found is None or (found["country"] not in v.OFFICES and found["country"] != "IB"):
        raise _unlike("WO", text)
    return text


def _agrees(kind: str, told: str) -> None:
    if kind != told:
        raise refuse("number_kind", gettext("By its number this is another kind of right: %(kind)s.", kind=v.RIGHT_KINDS.label(told, language())))


def _unlike(office: str, text: str) -> Exception:
    return refuse("number_form", gettext("“%(number)s” is not like a number of this office: %(examples)s.", number=text, examples=EXAMPLES[office]))
