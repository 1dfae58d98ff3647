"""The contracts of the sample fair of 2020: verified ones that add up to its published total, and all other lines."""

import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from marketplace.demo.deals import NOT_HIGH_TECH, STEP_MINOR, Contract, Register, technology_part
from marketplace.demo.listings import Achievement, Need
from marketplace.demo.organizations import Organization

TOTAL_MINOR = 1_784_800_000_000
"""Published value of the 42 projects of the Expo scope: 17.848 billion yuan, in fen."""
HIGH_TECH_MINOR = 1_751_865_000_000
"""Published value of the high-tech projects among them, in fen."""
FIRST_ORDER_MINOR = 12_000_000_000
"""Published value of the first order of the fair: 120 million yuan, in fen."""
FIRST_DAY = date(2020, 9, 17)

_T = TypeVar("_T", bound=Hashable)
_LEAST, _MOST = 1_200_000_000, 190_000_000_000
_FIELDS = {
    "electronic_information": 7,
    "advanced_manufacturing": 6,
    "biology_medicine": 6,
    "new_materials": 6,
    "new_energy": 4,
    "environment": 3,
    "modern_transport": 3,
    "agriculture": 3,
    "urban_social": 4,
}
_KINDS = {
    "development": 7,
    "transfer": 7,
    "licence": 6,
    "service": 5,
    "consulting": 3,
    "equity_contribution": 3,
    "joint_venture": 4,
    "industrial_cooperation": 7,
}
# At least three deals wherever a figure is broken down, so that no single amount can be read from it.
_ROUTES = {
    ("US", "CN"): 4,
    ("DE", "CN"): 4,
    ("JP", "CN"): 4,
    ("GB", "CN"): 3,
    ("FR", "CN"): 3,
    ("CN", "SG"): 3,
    ("CN", "KR"): 3,
    ("CN", "RU"): 3,
    ("CN", "CN"): 15,
}
_WEIGHTS = {"consulting": 1, "service": 8, "licence": 14, "transfer": 20, "development": 24, "equity_contribution": 50}
_LARGE_WEIGHT = 80


def split(total: int, weights: Sequence[float], *, least: int, most: int) -> list[int]:
    """Whole parts between ``least`` and ``most``, roughly as ``weights``, that sum to ``total``.

    Raises ValueError if the bounds leave no such parts.
    """
    if not least * len(weights) <= total <= most * len(weights):
        raise ValueError("the total does not fit the bounds")

    def parts(scale: float) -> list[int]:
        return [min(max(int(weight * scale), least), most) for weight in weights]

    low, high = 0.0, most / min(weights) + 1
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(parts(middle)) <= total else (low, middle)
    found = parts(low)
    rest = total - sum(found)
    for index, part in enumerate(found):
        added = min(rest, most - part)
        found[index] += added
        rest -= added
    return found


def contracts_2020(
    seed: int,
    organizations: Sequence[Organization],
    achievements: Sequence[Achievement],
    *,
    needs: Sequence[Need],
) -> list[Contract]:
    """The 42 verified contracts of the Expo scope, the first order first; then 35 others that it does not count.

    The first of ``achievements`` is the subject of the first order. Raises LookupError if no achievement fits a
    field and country of the plan.
    """
    rng = random.Random(f"contracts-{seed}")
    register = Register(rng, organizations, achievements, needs=needs)
    return [*_verified(register), *_beside(register)]


def _verified(register: Register) -> list[Contract]:
    rng = register.rng
    fields = _spread(_FIELDS, first="new_materials", rng=rng)
    kinds = _spread(_KINDS, first="licence", rng=rng)
    subjects = _subjects(register, fields)
    amounts = _amounts(fields, kinds, rng)
    undisclosed = set(rng.sample(range(1, len(fields)), 4))
    made = []
    for place, (kind, (achievement, recipient)) in enumerate(zip(kinds, subjects, strict=True)):
        drawn = register.contract(
            f"ZGC-2020-E{place + 1:03d}",
            achievement,
            kind=kind,
            recipient_country=recipient,
            slot="first_order" if place == 0 else None,
            total=amounts[place],
            technology=None if place in undisclosed else technology_part(kind, amounts[place], rng),
            signed_on=FIRST_DAY + timedelta(days=min(place // 11, 3)),
        )
        # The few that are no high technology would be told by the difference, and the first order was announced.
        made.append(replace(drawn, open=True) if place == 0 or not drawn.high_tech else drawn)
    return made


def _subjects(register: Register, fields: Sequence[str]) -> list[tuple[int, str]]:
    """An achievement and the recipient's country for each field; the first is the first order's."""
    routes = _spread(_ROUTES, first=("CN", "CN"), rng=register.rng)[1:]
    chosen = {0: (0, "CN")}
    # Small fields choose first: not every country has an achievement in them.
    for place in sorted(range(1, len(fields)), key=lambda place: _FIELDS[fields[place]]):
        field = fields[place]
        route = next((route for route in routes if register.has(field, route[0])), routes[0])
        routes.remove(route)
        chosen[place] = register.achievement(field, route[0]), route[1]
    return [chosen[place] for place in range(len(fields))]


def _spread(counts: Mapping[_T, int], *, first: _T, rng: random.Random) -> list[_T]:
    drawn = [value for value, count in counts.items() for _ in range(count)]
    drawn.remove(first)
    rng.shuffle(drawn)
    return [first, *drawn]


def _amounts(fields: Sequence[str], kinds: Sequence[str], rng: random.Random) -> list[int]:
    weights = [_WEIGHTS.get(kind, _LARGE_WEIGHT) * rng.uniform(0.5, 2) for kind in kinds]
    amounts = [FIRST_ORDER_MINOR] + [0] * (len(fields) - 1)
    groups = ((True, HIGH_TECH_MINOR - FIRST_ORDER_MINOR), (False, TOTAL_MINOR - HIGH_TECH_MINOR))
    for high_tech, total in groups:
        members = [i for i, field in enumerate(fields) if i and (field not in NOT_HIGH_TECH) is high_tech]
        shares = split(
            total // STEP_MINOR, [weights[i] for i in members], least=_LEAST // STEP_MINOR, most=_MOST // STEP_MINOR
        )
        for index, share in zip(members, shares, strict=True):
            amounts[index] = share * STEP_MINOR
    return amounts


def _beside(register: Register) -> list[Contract]:
    rng, made = register.rng, []
    lines = [("contract", "declared")] * 7 + [("contract", "signed")] * 5 + [("contract", "void")] * 2
    lines += [("framework", status) for status in ("signed", "verified", "declared") * 3]
    lines += [("intent", status) for status in ("declared", "signed", "verified", "declared") * 3]
    for number, (contract_class, status) in enumerate(lines, start=1):
        kind = rng.choice(tuple(_KINDS))
        total = rng.randint(24, 900) * STEP_MINOR * 10 if contract_class == "contract" else None
        planned = rng.randint(40, 1200) * STEP_MINOR * 10 if contract_class == "intent" and rng.random() < 0.6 else None
        # Only what is signed needs a rate; declared amounts stay in the currency they were reported in.
        currency = rng.choice(("CNY", "CNY", "EUR", "USD")) if status == "declared" else "CNY"
        made.append(
            register.contract(
                f"ZGC-2020-B{number:03d}",
                register.any_achievement(),
                kind=kind,
                contract_class=contract_class,
                slot=None if contract_class == "contract" else f"contract_{contract_class}",
                status=status,
                total=total or planned,
                technology=technology_part(kind, total, rng) if total and rng.random() < 0.8 else None,
                currency=currency,
                signed_on=FIRST_DAY + timedelta(days=rng.randint(-2, 12)),
                place=rng.choice(("forum", "roadshow", "online")),
            )
        )
    return made
