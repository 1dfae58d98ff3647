"""Measurable parameters of a listing: how rows are written as text, and what a row must be.

A need's rows are what must be met, an achievement's what it reaches. As text, rows are separated by semicolons:
``operating temperature >= 150 °C; efficiency = 88..92 %; stages <= 3``.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from marshmallow import post_load, validates_schema

from marketplace.core.fields import Code, FormSchema, Text, refuse
from marketplace.core.i18n import gettext, language
from marketplace.listings.rows import Rows
from marketplace.listings.rules import is_chinese
from marketplace.search.documents import Parameter
from marketplace.taxonomy import units

RANGE = "between"
OPERATORS = (">=", "<=", "=", RANGE)
MOST = 20
LONGEST_NAME = 80
LONGEST_NUMBER = 30  # digits and point
LONGEST_TEXT = MOST * (LONGEST_NAME + 2 * LONGEST_NUMBER + units.LONGEST + 10)

_NUMBER = r"[+−–-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+−–-]?[0-9]{1,2})?"
_ROW = re.compile(
    rf"(?P<name>[^;；<>=≥≤＝]+?)\s*(?P<operator>>=|≥|<=|≤|=|＝)\s*(?P<value>{_NUMBER})"
    rf"(?:\s*(?:\.\.|…)\s*(?P<upper>{_NUMBER}))?\s*(?P<unit>.*)"
)
_SAME = {"≥": ">=", "≤": "<=", "＝": "="}
_MINUS = str.maketrans("−–", "--")
_RESERVED = re.compile("[;；<>=≥≤＝]")


def to_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as one text, which `from_text` reads back to the same rows."""
    return "; ".join(f"{row['name']} {parameter.condition}" for row, parameter in zip(rows, typed(rows), strict=True))


def from_text(text: str) -> list[dict[str, str]]:
    """The rows of a text, with what was written in them, not checked yet. Raises ValidationError that names the row."""
    rows: list[dict[str, str]] = []
    for part in re.split("[;；\n]", text):
        written = unicodedata.normalize("NFC", part).strip()
        if not written:
            continue
        found = _ROW.fullmatch(written)
        if found is None:
            raise refuse("parameter_form", gettext("“%(part)s” is not like “operating temperature >= 150 °C”.", part=written[:80]))
        row = {name: value for name, value in found.groupdict().items() if value}
        row["operator"] = RANGE if "upper" in row else _SAME.get(row["operator"], row["operator"])
        if "upper" in row and found["operator"] not in {"=", "＝"}:
            raise refuse("parameter_form", gettext("“%(part)s” is not like “operating temperature = 20..180 °C”.", part=written[:80]))
        rows.append(row)
    return rows


def printed(condition: str) -> str:
    """A condition as the reader writes it: ``≥ 150 °C``, ``92 %``, ``20 … 180 °C``."""
    signs = condition.replace(">=", "≥").replace("<=", "≤").replace("..", " … ")
    return units.said(signs.removeprefix("= "), language())


def halves(name: str) -> tuple[str, str] | None:
    """The English and the Chinese half of a name in both languages, ``operating temperature / 工作温度``; None for any other."""
    parts = [part.strip() for part in name.split("/")]
    if len(parts) != 2 or not all(parts) or is_chinese(parts[0]) == is_chinese(parts[1]):
        return None
    return (parts[1], parts[0]) if is_chinese(parts[0]) else (parts[0], parts[1])


def named(name: str) -> str:
    """A name in the reader's language, where it is given in both."""
    both = halves(name)
    return name if both is None else both[language() == "zh"]


def typed(rows: Iterable[Mapping[str, Any]]) -> tuple[Parameter, ...]:
    """Stored rows as the matching compares them."""
    return tuple(Parameter(row["name"], row["operator"], row["value"], row["upper"], row["unit"]) for row in rows)


class Number(Text):
    """A decimal number as text, exact: ``150``, ``-0.5``, ``2.5e-3``. Grouped digits and decimal commas are refused."""

    def __init__(self, **kwargs: Any):
        super().__init__(60, **kwargs)
        self.metadata = {"pattern": f"^{_NUMBER}$", "example": "150", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        written = unicodedata.normalize("NFKC", text).translate(_MINUS)
        if not re.fullmatch(_NUMBER, written, re.ASCII):
            raise refuse("number", gettext("A number is expected: digits with at most one point."))
        number = Decimal(written)
        plain = f"{number:f}" if number else "0"
        if len(plain) > LONGEST_NUMBER:
            raise refuse("number_long", gettext("At most %(most)s digits.", most=LONGEST_NUMBER))
        return plain.removeprefix("+")


class UnitField(Text):
    """A unit of measure that can be converted; nothing means a plain number."""

    def __init__(self, **kwargs: Any):
        super().__init__(units.LONGEST, **kwargs)
        self.metadata = {"example": "°C", **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            units.unit(text or "")
        except ValueError as error:
            raise refuse("unit_unknown", gettext("This unit is not known. Write it like kWh, W/(m·K), mg/m³ or °C.")) from error
        return text


class ParameterIn(FormSchema):
    """One row: a name, an operator, a value (two for a range) and a unit."""

    name = Text(LONGEST_NAME, required=True, metadata={"example": "operating temperature"})
    operator = Code(OPERATORS, load_default="=", metadata={"description": "`between` has `value` and `upper`."})
    value = Number(required=True)
    upper = Number(allow_none=True, load_default=None)
    unit = UnitField(allow_none=True, load_default=None)

    @validates_schema
    def is_whole(self, data: dict[str, Any], **_: Any) -> None:
        if _RESERVED.search(data["name"]) or not any(character.isalpha() for character in data["name"]):
            raise refuse("parameter_name", gettext("A name has letters, and none of ; < > = in it."), "name")
        is_range, upper = data["operator"] == RANGE, data["upper"]
        if is_range != (upper is not None):
            message = gettext("A range needs both values.") if is_range else gettext("Only a range has a second value.")
            raise refuse("parameter_range", message, "upper")
        if is_range and Decimal(upper) < Decimal(data["value"]):
            raise refuse("parameter_order", gettext("The higher value is below the lower one."), "upper")

    @post_load
    def in_order(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The same keys in the same order, however the row came."""
        return {name: data[name] for name in ("name", "operator", "value", "upper", "unit")}


def _filled(row: Any) -> Any:
    """A form's row without its empty inputs; a row in which only the operator is chosen says nothing."""
    if not isinstance(row, Mapping):
        return row
    filled = {name: value for name, value in row.items() if value not in ("", None)}
    return {} if set(filled) <= {"operator"} else filled


class Parameters(Rows):
    """At most `MOST` rows."""

    schema, most, longest_text = ParameterIn(), MOST, LONGEST_TEXT
    from_text, filled = staticmethod(from_text), staticmethod(_filled)


def blank_rows(rows: Sequence[Any] | None) -> int:
    """How many lines a form shows: the filled ones and three more, up to `MOST`."""
    filled = len(rows) if isinstance(rows, list) else 0
    return max(filled, min(filled + 3, MOST))


def lines(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Of each row: its name and its condition for the reader, and the condition as it is stored."""
    return [(named(parameter.name), printed(parameter.condition), parameter.condition) for parameter in typed(rows)]
