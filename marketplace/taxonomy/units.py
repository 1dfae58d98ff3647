"""Units of measure: which are known, and how values in them are compared. The list is ``data/units.txt``."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import UnitRegistry

LONGEST = 40
COMMON = (
    "%", "°C", "K", "mm", "µm", "nm", "m", "km", "m²", "m³", "L", "s", "ms", "min", "h", "d", "g", "kg", "t", "MPa", "kPa", "bar",
    "W", "kW", "MW", "kWh", "MJ", "V", "A", "mA", "Ω", "Hz", "GHz", "lm", "mol/L", "g/L", "mg/m³", "kg/h", "t/h", "m³/h", "m/s", "rpm",
    "Wh/kg", "W/(m·K)", "N·m", "dB", "bit/s", "ppm", "cycles",
)  # fmt: skip
"""What a form suggests; every other known unit may be written too."""

_IN_CHINESE = {
    "cycles": "次", "times": "次", "seconds": "秒", "minutes": "分钟", "hours": "小时", "days": "天", "weeks": "周", "months": "个月", "years": "年",
    "pieces": "件", "items": "件", "units": "件", "samples": "份", "devices": "台", "users": "人", "pixels": "像素", "CNY": "元",
}  # fmt: skip
_IN_ENGLISH = {
    "次": "cycles", "秒": "s", "分钟": "min", "小时": "h", "天": "d", "周": "weeks", "个月": "months", "年": "years", "件": "pieces", "个": "pieces",
    "份": "samples", "台": "devices", "人": "users", "像素": "pixels", "元": "CNY", "米": "m", "毫米": "mm", "厘米": "cm", "微米": "µm", "纳米": "nm",
    "千米": "km", "公里": "km", "平方米": "m²", "立方米": "m³", "公顷": "ha", "升": "L", "毫升": "mL", "克": "g", "毫克": "mg", "千克": "kg", "公斤": "kg",
    "吨": "t", "帕": "Pa", "千帕": "kPa", "兆帕": "MPa", "瓦": "W", "千瓦": "kW", "兆瓦": "MW", "千瓦时": "kWh", "度电": "kWh", "伏": "V", "安": "A",
    "赫兹": "Hz", "摄氏度": "°C", "分贝": "dB", "转": "r",
}  # fmt: skip
_SIGNS = {
    "℃": "degC", "°C": "degC", "℉": "degF", "°F": "degF", "°": "degree", "%": "percent", "％": "percent", "‰": "permille",
    "dB(A)": "dBA", "\N{OHM SIGN}": "ohm", "\N{GREEK CAPITAL LETTER OMEGA}": "ohm", "㎡": "m**2",
    "㎥": "m**3", "㎜": "mm", "㎝": "cm", "㎞": "km", "㎏": "kg", "㎎": "mg", "㎐": "Hz",
    "·": "*", "⋅": "*", "×": "*", "∕": "/", "（": "(", "）": ")",
}  # fmt: skip
_SIGN = re.compile("|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)))
_POWER = re.compile("[⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_WORD = r"[^\W\d_]+(?:_[^\W\d_]+)*"
_FACTOR = rf"{_WORD}(?:(?:\*\*|\^)?[+-]?[1-9])?"
_PRODUCT = rf"{_FACTOR}(?: ?\* ?{_FACTOR})*"
_WRITTEN = re.compile(rf"(?:1|{_PRODUCT})(?: ?/ ?(?:{_FACTOR}|\( ?{_PRODUCT} ?\)))*")
_BARE_POWER = re.compile(r"(?<=[^\W\d_*^+-])(?=[+-]?[1-9])|\^")


def said(text: str, locale: str) -> str:
    """A unit, or a condition that ends with one, as readers of a language write it: *hours* as 小时 and the other way round."""
    words = _IN_CHINESE if locale.startswith("zh") else _IN_ENGLISH
    return re.sub("[A-Za-z]+|[\u4e00-\u9fff]+", lambda word: words.get(word.group(), word.group()), text)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its measure: a value of it is ``value * factor + offset`` in the base units of its ``dimension``."""

    dimension: tuple[tuple[str, Fraction], ...]
    factor: Fraction
    offset: Fraction

    def in_base(self, value: Fraction) -> Fraction:
        return value * self.factor + self.offset


@lru_cache(maxsize=4096)
def unit(text: str) -> Unit:
    """The unit that is written so: ``°C``, ``kWh``, ``W/(m·K)``, ``m³/h``, ``小时``; nothing means a plain number.

    Raises ValueError for what is no known unit.
    """
    written = _SIGN.sub(lambda sign: _SIGNS[sign.group()], " ".join(text.split()))
    written = _POWER.sub(lambda power: power.group().translate(_RAISED), written)
    if not written:
        return Unit((), Fraction(1), Fraction(0))
    if len(text) > LONGEST or not _WRITTEN.fullmatch(written):
        raise ValueError(f"not a unit: {text!r}")
    return _measured(_BARE_POWER.sub("**", written), text)


def _measured(written: str, text: str) -> Unit:
    from pint.errors import PintError

    registry = _registry()
    try:
        found = registry.parse_units(written)
        zero, one = (Fraction(registry.Quantity(Fraction(number), found).to_root_units().magnitude) for number in (0, 1))
    except (PintError, KeyError, ArithmeticError) as error:
        raise ValueError(f"not a unit: {text!r}") from error
    dimension = tuple(sorted((name, Fraction(str(power))) for name, power in found.dimensionality.items()))
    return Unit(dimension, one - zero, zero)


@cache
def _registry() -> "UnitRegistry[Fraction]":
    """pint with our list in place of its own. Imported late: that takes longer than the rest of this package together."""
    from pint import UnitRegistry

    with resources.as_file(resources.files(__package__).joinpath("data", "units.txt")) as path:
        return UnitRegistry(str(path), non_int_type=Fraction, cache_folder=None)
