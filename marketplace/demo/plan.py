"""The whole plan of a sample installation: the closed fair of 2020 and the one that is open today."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from marketplace.demo.cases import cases
from marketplace.demo.contracts import FIRST_DAY, contracts_2020
from marketplace.demo.deals import Contract, Register
from marketplace.demo.listings import Achievement, Need, achievements, needs
from marketplace.demo.organizations import Organization, Person, organizations, staff
from marketplace.demo.pricing import span
from marketplace.demo.programme import Programme, open_programme, programme_2020
from marketplace.demo.vocabulary import Pair, patterns

FIRST_ORDER_SUBJECT = "antibacterial stainless steel"


@dataclass(frozen=True, slots=True)
class Round:
    """Terms laid on the table by ``interested`` or ``owner``; only a licence has exclusivity and a royalty."""

    by: str
    amount_minor: int
    currency: str
    kind: str
    exclusivity: str | None
    royalty_bp: int | None
    valid_days: int
    note_en: str
    note_zh: str


@dataclass(frozen=True, slots=True)
class Negotiation:
    """An accepted interest and the rounds after it; the last one waits for an answer, or was agreed and handed over."""

    achievement: int
    need: int | None
    interested: int
    owner: int
    question_en: str
    question_zh: str
    rounds: tuple[Round, ...]
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for the moderator, and one achievement that is sent back for a reason."""

    achievements: tuple[Achievement, ...]
    needs: tuple[Need, ...]
    returned: Achievement
    reason: Pair

    @property
    def owners(self) -> set[int]:
        """The organisations whose listings these are."""
        offering = {each.organization for each in (*self.achievements, self.returned)}
        return offering | {need.organization for need in self.needs}


@dataclass(frozen=True, slots=True)
class Edition:
    """One fair; indices in its rows point into its own lists and into the organisations of the plan."""

    slug: str
    opens_on: date
    closes_on: date
    achievements: tuple[Achievement, ...]
    needs: tuple[Need, ...]
    negotiations: tuple[Negotiation, ...]
    contracts: tuple[Contract, ...]
    programme: Programme
    queue: Queue | None = None
    contracts_today: tuple[Contract, ...] = ()
    """Of the open fair: what is logged on the day of loading; ``contracts`` are then of the day before."""

    @property
    def all_contracts(self) -> tuple[Contract, ...]:
        return self.contracts + self.contracts_today


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a sample installation holds; the newcomer waits for its approval and has nothing yet."""

    organizations: tuple[Organization, ...]
    staff: tuple[Person, ...]
    fair_2020: Edition
    today: Edition
    newcomer: Organization


HARD_TO_PLEASE = {6: ("IS",), 10: ("EE", "LV")}
"""Needs of the open fair, by their place, that want a provider from where nobody is: nothing fits them, and the staff see why."""


def generate(seed: int, today: date) -> Plan:
    """The plan for a seed; ``today`` is the second day of the open edition, nothing else depends on it."""
    members = organizations(seed)
    return Plan(tuple(members), tuple(staff()), _fair_2020(seed, members), _open_fair(seed, members, today=today), _newcomer(seed, members))


def _newcomer(seed: int, members: Sequence[Organization]) -> Organization:
    """An agency that shares no name with the members."""
    known = {name for item in members for name in (item.slug, item.name_en, item.name_zh)}
    return next(item for item in organizations(seed + 1) if known.isdisjoint((item.slug, item.name_en, item.name_zh)))


def _fair_2020(seed: int, members: Sequence[Organization]) -> Edition:
    gathered = tuple(achievements(7000, seed, members, first_on=FIRST_ORDER_SUBJECT))
    wanted = tuple(needs(600, seed, members, opens_on=FIRST_DAY))
    agreed = contracts_2020(seed, members, gathered, needs=wanted)
    return Edition("zgc-2020", FIRST_DAY, FIRST_DAY + timedelta(days=3), gathered, wanted, (), tuple(agreed), programme_2020(FIRST_DAY))


def _open_fair(seed: int, members: Sequence[Organization], *, today: date) -> Edition:
    rng = random.Random(f"today-{seed}")
    # A small circle, so that a visitor who signs in as one of them soon meets the others.
    sizes = {"agency": 6, "company": 4, "institute": 2}
    circle = {index for kind, size in sizes.items() for index in _some(members, kind, size)}
    opens_on = today - timedelta(days=1)
    written = tuple(achievements(44, seed + 1, members, owners=circle))
    asked = tuple(
        replace(need, target_countries=HARD_TO_PLEASE.get(place, need.target_countries))
        for place, need in enumerate(needs(14, seed + 1, members, opens_on=opens_on, owners=circle))
    )
    gathered, wanted = written[:42], asked[:12]
    talks = [_negotiation(rng, gathered, wanted, number=number) for number in range(2)]
    register = Register(rng, members, gathered, needs=wanted)
    agreed, agreed_today = cases(register, agency=talks[0].owner, company=talks[0].interested, opens_on=opens_on)
    talks.append(_negotiation(rng, gathered, wanted, number=2))
    (returned,) = achievements(1, seed + 2, members, owners={talks[0].owner})
    return Edition(
        "today", opens_on, today + timedelta(days=2), gathered, wanted, tuple(talks), agreed,
        open_programme(today, achievement=talks[0].achievement, negotiation=0),
        Queue(written[42:], asked[12:], returned, patterns()["return_reason"][0]), agreed_today,
    )  # fmt: skip


def _some(members: Sequence[Organization], kind: str, count: int) -> list[int]:
    return [index for index, item in enumerate(members) if item.kind == kind][:count]


def _negotiation(
    rng: random.Random, gathered: Sequence[Achievement], wanted: Sequence[Need], *, number: int
) -> Negotiation:
    """The talks about the ``number``-th need and an achievement of the same field; the third ones are agreed."""
    need = wanted[number]
    field = need.technology_codes[0]
    index = next(i for i, item in enumerate(gathered) if item.technology_codes[0] == field)
    kind = ("licence", "development", "service")[number]
    first = span(kind, "CNY", rng).low_minor or 0
    # The asker begins low, the owner asks for more, and the asker moves half of the way.
    amounts = (first, first * 3 // 2, first * 5 // 4)[: 3 - number]
    question = rng.choice(patterns()["question"])
    composition = need.composition
    return Negotiation(
        achievement=index,
        need=number,
        interested=need.organization,
        owner=gathered[index].organization,
        question_en=question.en.format(u=composition.use.en),
        question_zh=question.zh.format(u=composition.use.zh),
        rounds=tuple(_round(step, amount, kind) for step, amount in enumerate(amounts)),
        handed_over=number == 2,
    )


def _round(step: int, amount_minor: int, kind: str) -> Round:
    licensed = kind == "licence"
    note: Pair = patterns()["round_note"][step]
    return Round(
        by=("interested", "owner")[step % 2],
        amount_minor=amount_minor,
        currency="CNY",
        kind=kind,
        exclusivity="non_exclusive" if licensed else None,
        royalty_bp=300 + 50 * (step % 2) if licensed else None,
        valid_days=14,
        note_en=note.en,
        note_zh=note.zh,
    )
