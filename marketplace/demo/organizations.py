"""Invents the organisations of the sample fairs and the people who answer for them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from marketplace.demo.vocabulary import Pair, names, patterns, places
from marketplace.taxonomy.vocabularies import WIPO_FIELDS

COUNTS = {"agency": 300, "company": 150, "institute": 60}
"""How many organisations of each kind a plan holds, about half of each in China."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signs in; ``role`` is ``owner`` in an organisation or a role of the fair's staff."""

    name_en: str
    name_zh: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Organization:
    """An invented organisation; ``region`` is a GB/T 2260 code in China and None elsewhere."""

    slug: str
    kind: str
    name_en: str
    name_zh: str
    country: str
    region: str | None
    city_en: str
    city_zh: str
    technology_codes: tuple[str, ...]
    about_en: str
    about_zh: str
    union_member: bool
    contact: Person

    @property
    def domestic(self) -> bool:
        """Whether it has its seat in China, where the fair takes place."""
        return self.country == "CN"


def organizations(seed: int) -> list[Organization]:
    """300 agencies, then 150 companies, then 60 institutes; slugs and names are unique in both languages."""
    rng = random.Random(f"organizations-{seed}")
    native, abroad = _brands(rng, "native"), _brands(rng, "abroad")
    people = {origin: _people(rng, origin) for origin in ("native", "abroad")}
    made = []
    for kind, count in COUNTS.items():
        homes = [place for place in places() if place["country"] == "CN"]
        elsewhere = [place for place in places() if place["country"] != "CN"]
        turns = zip(cycle(homes), cycle(elsewhere), range((count + 1) // 2), strict=False)
        for home, away, _ in turns:
            made.append(_organization(rng, kind, home, brand=next(native), person=next(people["native"])))
            made.append(_organization(rng, kind, away, brand=next(abroad), person=next(people["abroad"])))
    return made


def staff() -> list[Person]:
    """The staff of the fair: one person for each role."""
    return [Person(en, zh, f"{role}@fair.example", role) for role, en, zh in names()["staff"]]


def _combined(rng: random.Random, first: str, second: str) -> list[tuple[Pair, Pair]]:
    pairs = [(Pair(*one), Pair(*two)) for one in names()[first] for two in names()[second]]
    rng.shuffle(pairs)
    return pairs


def _brands(rng: random.Random, origin: str) -> Iterator[Pair]:
    seen: set[str] = set()
    for one, two in _combined(rng, f"{origin}_first", f"{origin}_second"):
        # Two pairs of syllables can run together into one spelling.
        if (spelling := one.en + two.en) not in seen:
            seen.add(spelling)
            yield Pair(spelling, one.zh + two.zh)


def _people(rng: random.Random, origin: str) -> Iterator[Pair]:
    for surname, given in cycle(_combined(rng, f"{origin}_surnames", f"{origin}_given")):
        native = origin == "native"
        yield Pair(
            f"{surname.en} {given.en}" if native else f"{given.en} {surname.en}",
            surname.zh + given.zh if native else f"{given.zh}·{surname.zh}",
        )


def _name(rng: random.Random, kind: str, place: dict[str, str], *, brand: Pair) -> tuple[Pair, tuple[str, ...]]:
    words: dict[str, Any] = names()
    if kind == "company":
        trade_en, trade_zh, fields = rng.choice(words["trades"])
        legal = words["legal"].get(place["country"], words["legal"]["*"])
        limited = "有限公司" if place["country"] == "CN" else "公司"
        name = Pair(f"{brand.en} {trade_en} {legal}", f"{place['city_zh']}{brand.zh}{trade_zh}{limited}")
        return name, tuple(map(str, fields))
    en, zh = rng.choice(words[kind])
    name = Pair(
        en.format(city=place["city_en"], brand=brand.en),
        zh.format(city=place["city_zh"], brand=brand.zh),
    )
    return name, tuple(sorted(rng.sample(WIPO_FIELDS.codes, 3), key=int))


def _organization(rng: random.Random, kind: str, place: dict[str, str], *, brand: Pair, person: Pair) -> Organization:
    name, codes = _name(rng, kind, place, brand=brand)
    labels = [WIPO_FIELDS[code] for code in codes]
    about = rng.choice(patterns()["about"])
    slug = brand.en.lower()
    return Organization(
        slug=slug,
        kind=kind,
        name_en=name.en,
        name_zh=name.zh,
        country=place["country"],
        region=place["region"] or None,
        city_en=place["city_en"],
        city_zh=place["city_zh"],
        technology_codes=codes,
        about_en=about.en.format(
            name_en=name.en, city=place["city_en"], fields_en="; ".join(label.en for label in labels)
        ),
        about_zh=about.zh.format(
            name_zh=name.zh, city=place["city_zh"], fields_zh="\uff1b".join(label.zh for label in labels)
        ),
        union_member=kind == "agency" and rng.random() < 0.4,
        contact=Person(person.en, person.zh, f"office@{slug}.example", "owner"),
    )
