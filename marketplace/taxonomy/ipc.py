"""From a symbol of the International Patent Classification to WIPO's technology field."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

from marketplace.taxonomy.vocabularies import rows

_VERSION = re.compile(r"[(\[][0-9]{4}\.[0-9]{2}[)\]]$")
_SECTION_OR_CLASS = re.compile(r"[A-H](?:[0-9]{2})?")
_SYMBOL = re.compile(r"([A-H][0-9]{2}[A-Z])(?:0{0,3}([1-9][0-9]{0,3})(?:/([0-9]{2,6}))?)?")
_ZERO_PADDED = re.compile(r"([A-H][0-9]{2}[A-Z])([0-9]{4})([0-9]{6})")


@cache
def concordance() -> Mapping[str, str]:
    """WIPO field by IPC prefix: a subclass ("H01L") or a main group with its stroke ("A61K31/").

    Source: WIPO's IPC and Technology Concordance Table, state of July 2019, then the project's overrides for subclasses
    that the IPC gained later.
    """
    table = {prefix: row["field"] for row in rows("ipc_concordance") for prefix in row["prefixes"].split()}
    table.update((row["prefix"], row["field"]) for row in rows("ipc_overrides"))
    return table


def normalise(symbol: str) -> str:
    """``symbol`` without blanks, padding or version: " a61k 31/00 (2006.01)" and "A61K0031000000" give "A61K31/00".

    A main group given alone keeps its stroke ("A61K 31" gives "A61K31/"), so that 3 is never taken for the beginning of
    31. Section, class and subclass stay as they are. Raises ValueError for what the IPC cannot contain, such as the
    sections X and Y that other schemes use.
    """
    compact = _VERSION.sub("", "".join(unicodedata.normalize("NFKC", symbol).upper().split()))
    if _SECTION_OR_CLASS.fullmatch(compact):
        return compact
    if padded := _ZERO_PADDED.fullmatch(compact):
        subclass, group, subgroup = padded.groups()
        compact = f"{subclass}{group}/{subgroup[:2]}{subgroup[2:].rstrip('0')}"
    match = _SYMBOL.fullmatch(compact)
    if match is None:
        raise ValueError(f"not an IPC symbol: {symbol!r}")
    subclass, group, subgroup = match.groups()
    return f"{subclass}{group}/{subgroup or ''}" if group else str(subclass)


def longest_match(text: str, table: Mapping[str, str]) -> str | None:
    """The value of the longest prefix of ``text`` that ``table`` holds, ``None`` where it holds none."""
    prefixes = (text[:length] for length in range(len(text), 0, -1))
    return next((table[prefix] for prefix in prefixes if prefix in table), None)


def field_of_ipc(symbol: str) -> str | None:
    """The code of the WIPO field of an IPC symbol; of several prefixes that fit, the longest decides.

    ``None`` where the table does not decide: a bare A61K, G01N or H04N is split between fields by main group, and a
    subclass newer than the table is not guessed from its neighbours. Raises ValueError for a malformed symbol.
    """
    return longest_match(normalise(symbol), concordance())
