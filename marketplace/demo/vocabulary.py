"""Reads the word lists and sentence patterns of the sample texts: every entry is an English and a Chinese half."""

import csv
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

_PARTS = ("electrical", "instruments", "chemistry", "mechanical", "other")
_HEADING = re.compile(r"@ (?P<field>\d+) \| ipc (?P<ipc>[^|]+) \| also (?P<also>.+)")


class Pair(NamedTuple):
    """One text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Word:
    """A noun phrase without article; ``mass`` says that English sets no indefinite article before it."""

    en: str
    zh: str
    mass: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A measurable property: its usual value, and the range that new work reaches; ``places`` counts decimals."""

    name: Pair
    unit: Pair
    usual: Decimal
    low: Decimal
    high: Decimal

    @property
    def grows(self) -> bool:
        """Whether more of it is better."""
        return self.low > self.usual

    @property
    def places(self) -> int:
        """Decimals of the values of this figure."""
        return max(-int(value.as_tuple().exponent) for value in (self.usual, self.low, self.high))


@dataclass(frozen=True, slots=True)
class Topic:
    """What one corner of a technology field works on; words of one topic can be combined freely."""

    field: str
    ipc: tuple[str, ...]
    neighbours: tuple[str, ...]
    objects: tuple[Word, ...]
    methods: tuple[Pair, ...]
    elements: tuple[Word, ...]
    uses: tuple[Pair, ...]
    baselines: tuple[Pair, ...]
    problems: tuple[Pair, ...]
    figures: tuple[Figure, ...]


def _text(name: str) -> str:
    return resources.files(__package__).joinpath("lexicon", name).read_text(encoding="utf-8")


def _pair(line: str) -> Pair:
    en, zh = line.split(" = ")
    return Pair(en, zh)


def _word(line: str) -> Word:
    en, zh = _pair(line)
    return Word(en.removeprefix("*"), zh, mass=en.startswith("*"))


def _figure(line: str) -> Figure:
    en, zh, unit, usual, reached = (part.strip() for part in line.split("="))
    low, high = sorted(Decimal(value) for value in reached.split(".."))
    unit_en, _, unit_zh = unit.partition("~")
    return Figure(Pair(en, zh), Pair(unit_en, unit_zh or unit_en), Decimal(usual), low, high)


def _topic(block: str) -> Topic:
    lines = block.splitlines()
    heading = _HEADING.fullmatch(lines[0])
    if heading is None:
        raise ValueError(f"not the heading of a topic: {lines[0]!r}")
    slots: dict[str, list[str]] = {}
    slot: list[str] = []
    for line in filter(None, lines[1:]):
        if " = " in line:
            slot.append(line)
        else:
            slot = slots[line] = []
    return Topic(
        field=heading["field"],
        ipc=tuple(heading["ipc"].split()),
        neighbours=tuple(heading["also"].split()),
        objects=tuple(map(_word, slots["objects"])),
        elements=tuple(map(_word, slots["elements"])),
        methods=tuple(map(_pair, slots["methods"])),
        uses=tuple(map(_pair, slots["uses"])),
        baselines=tuple(map(_pair, slots["baselines"])),
        problems=tuple(map(_pair, slots["problems"])),
        figures=tuple(map(_figure, slots["figures"])),
    )


@cache
def topics() -> tuple[Topic, ...]:
    """All topics in the order of the fields, two for each of WIPO's 35 fields."""
    blocks = [block for part in _PARTS for block in re.split(r"^(?=@ )", _text(f"{part}.txt"), flags=re.M) if block]
    return tuple(map(_topic, blocks))


@cache
def patterns() -> dict[str, tuple[Pair, ...]]:
    """Sentence patterns by slot; both halves of a pattern say the same with the same fields in braces."""
    return {slot: tuple(Pair(*pair) for pair in pairs) for slot, pairs in json.loads(_text("patterns.json")).items()}


@cache
def names() -> dict[str, Any]:
    """Parts of invented names, trades, legal forms and currencies, as in ``lexicon/names.json``."""
    return dict(json.loads(_text("names.json")))


@cache
def places() -> tuple[dict[str, str], ...]:
    """Cities with country (ISO 3166-1 alpha-2) and, in China, region (GB/T 2260); common ones for agencies first."""
    return tuple(csv.DictReader(_text("places.csv").splitlines()))
