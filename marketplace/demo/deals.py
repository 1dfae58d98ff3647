"""A contract of the sample fairs, and how its parties and listings are drawn from one edition."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.demo.listings import Achievement, Need
from marketplace.demo.organizations import Organization
from marketplace.demo.vocabulary import Pair, patterns
from marketplace.taxonomy.vocabularies import DEAL_KINDS, china_field_of

STEP_MINOR = 5_000_000
"""Generated amounts in yuan are multiples of 50,000."""
NOT_HIGH_TECH = frozenset({"agriculture", "urban_social"})
"""The China fields that the high-tech figure of the sample fair leaves out."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a contract: ``provider``, ``recipient`` or ``broker``; ``organization`` is an index."""

    role: str
    organization: int
    signatory_en: str
    signatory_zh: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract to be logged; amounts are minor units, None is undisclosed (or, in a framework, no price).

    ``status`` is where its way through the desk ends; ``place`` is ``expo``, ``forum``, ``roadshow``, ``online`` or
    ``reannounced``; ``achievement`` and ``need`` are indices into the lists of the same edition. ``framework`` is the number
    of the framework it is called off from; ``planned_minor`` the planned investment that an intent names.
    """

    number: str
    title_en: str
    title_zh: str
    contract_class: str
    kind: str
    status: str
    total_amount_minor: int | None
    technology_amount_minor: int | None
    currency: str
    signed_on: date
    place: str
    achievement: int
    need: int | None
    parties: tuple[Party, ...]
    technology_codes: tuple[str, ...]
    open: bool
    void_reason: Pair | None = None
    framework: str | None = None
    planned_minor: int | None = None
    announced_on: date | None = None
    announced_where: Pair | None = None

    @property
    def china_field(self) -> str:
        """The field of China's contract registration, from the first technology code."""
        return china_field_of(self.technology_codes[0])

    @property
    def high_tech(self) -> bool:
        """Whether the field counts as high technology here: all but agriculture and urban development."""
        return self.china_field not in NOT_HIGH_TECH


class Register:
    """Draws the parties and listings of contracts from one edition; no listing is used twice."""

    def __init__(
        self,
        rng: random.Random,
        organizations: Sequence[Organization],
        achievements: Sequence[Achievement],
        *,
        needs: Sequence[Need],
    ) -> None:
        self.rng, self.organizations = rng, organizations
        self.achievements, self.needs = achievements, needs
        self._taken_needs: set[int] = set()
        self._free: dict[tuple[str, str], list[int]] = {}
        for index in rng.sample(range(1, len(achievements)), len(achievements) - 1):
            item = achievements[index]
            key = (china_field_of(item.technology_codes[0]), organizations[item.organization].country)
            self._free.setdefault(key, []).append(index)

    def has(self, field: str, country: str) -> bool:
        """Whether an unused achievement of a China field comes from a country."""
        return bool(self._free.get((field, country)))

    def achievement(self, field: str, country: str) -> int:
        """An unused achievement of a China field from a country. Raises LookupError if there is none."""
        if not self.has(field, country):
            raise LookupError(f"no achievement in {field} from {country}")
        return self._free[field, country].pop()

    def any_achievement(self) -> int:
        """An unused achievement of whatever field and country."""
        key = self.rng.choice([key for key, found in self._free.items() if found])
        return self._free[key].pop()

    def achievement_of(self, organization: int) -> int:
        """An unused achievement of an organisation, or of whatever one when all of its own are used."""
        for found in self._free.values():
            for index in found:
                if self.achievements[index].organization == organization:
                    found.remove(index)
                    return index
        return self.any_achievement()

    def _recipient(self, achievement: Achievement, country: str) -> tuple[int, int | None]:
        topic = achievement.composition.topic
        for index, need in enumerate(self.needs):
            at_home = self.organizations[need.organization].country == country
            if need.composition.topic is topic and at_home and index not in self._taken_needs:
                self._taken_needs.add(index)
                return need.organization, index
        companies = [i for i, o in enumerate(self.organizations) if o.kind == "company" and o.country == country]
        fitting = [i for i in companies if topic.field in self.organizations[i].technology_codes]
        return self.rng.choice(fitting or companies), None

    def party(self, role: str, organization: int) -> Party:
        """The organisation in a role, signed for by its contact."""
        contact = self.organizations[organization].contact
        return Party(role, organization, contact.name_en, contact.name_zh)

    def contract(
        self,
        number: str,
        index: int,
        *,
        kind: str,
        recipient_country: str = "CN",
        contract_class: str = "contract",
        slot: str | None = None,
        status: str = "verified",
        total: int | None,
        technology: int | None,
        currency: str = "CNY",
        signed_on: date,
        place: str = "expo",
    ) -> Contract:
        """A contract about the achievement at ``index``, with parties that fit it."""
        achievement = self.achievements[index]
        recipient, need = self._recipient(achievement, recipient_country)
        parties = [self.party("provider", achievement.organization), self.party("recipient", recipient)]
        if self.rng.random() < 0.4:
            brokers = [i for i, o in enumerate(self.organizations) if o.kind == "agency" and o.domestic]
            broker = self.rng.choice([i for i in brokers if i != achievement.organization])
            parties.append(self.party("broker", broker))
        title = achievement.composition.title(slot or f"contract_{kind}")
        return Contract(
            number=number,
            title_en=title.en,
            title_zh=title.zh,
            contract_class=contract_class,
            kind=kind,
            status=status,
            total_amount_minor=total,
            technology_amount_minor=technology,
            currency=currency,
            signed_on=signed_on,
            place=place,
            achievement=index,
            need=need,
            parties=tuple(parties),
            technology_codes=achievement.technology_codes,
            open=self.rng.random() < 0.8,
            void_reason=self.rng.choice(patterns()["void_reason"]) if status == "void" else None,
        )


def technology_part(kind: str, total: int, rng: random.Random) -> int:
    """The technology amount of a contract: most of it in a technology contract, little in an industrial one."""
    percent = rng.randint(55, 100) if DEAL_KINDS[kind].group == "technology" else rng.randint(8, 35)
    return total * percent // 100 // STEP_MINOR * STEP_MINOR or STEP_MINOR
