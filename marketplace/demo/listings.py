"""Writes the achievements and needs of the sample fairs: varied, measurable, and the same in both languages."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from marketplace.demo.composing import Claim, Composition, paragraph
from marketplace.demo.organizations import Organization
from marketplace.demo.pricing import UNSTATED, Price, currency_for, span
from marketplace.demo.vocabulary import Pair, Topic, Word, topics
from marketplace.taxonomy.vocabularies import DEAL_KINDS, PARTNER_KINDS

_STAGES = {
    1: ("concept",),
    2: ("concept",),
    3: ("concept", "under_development"),
    4: ("lab_tested", "under_development"),
    5: ("under_development",),
    6: ("demo_available",),
    7: ("demo_available",),
    8: ("demo_available",),
    9: ("on_market",),
    None: ("concept", "under_development", "demo_available"),
}
_TRL_WEIGHTS = {1: 2, 2: 3, 3: 8, 4: 14, 5: 15, 6: 17, 7: 16, 8: 11, 9: 9, None: 5}
_ORDERS = (
    ("problem", "solution", "measured", "evidence", "usage", "ip", "cooperate"),
    ("solution", "measured", "problem", "usage", "evidence", "cooperate", "ip"),
    ("problem", "usage", "solution", "evidence", "measured", "ip", "cooperate"),
)


@dataclass(frozen=True, slots=True)
class Achievement:
    """An achievement as its form takes it; ``organization`` is the index of its owner, amounts are minor units."""

    external_id: str
    organization: int
    title_en: str
    title_zh: str
    summary_en: str
    summary_zh: str
    description_en: str
    description_zh: str
    advantages_en: str
    advantages_zh: str
    technology_codes: tuple[str, ...]
    ipc_codes: tuple[str, ...]
    trl: int | None
    stage: str
    ip_status: str
    deal_kinds: tuple[str, ...]
    price_mode: str
    price_min_minor: int | None
    price_max_minor: int | None
    currency: str | None
    target_countries: tuple[str, ...]
    partner_kinds: tuple[str, ...]
    segment: str
    initial_release: bool
    composition: Composition


@dataclass(frozen=True, slots=True)
class MustHave:
    """One measurable condition of a need; ``operator`` is ``>=`` or ``<=``, ``value`` exact decimal text."""

    parameter_en: str
    parameter_zh: str
    operator: str
    value: str
    unit_en: str
    unit_zh: str


@dataclass(frozen=True, slots=True)
class Need:
    """A need as its form takes it; ``organization`` is the index of its owner, amounts are minor units."""

    external_id: str
    organization: int
    title_en: str
    title_zh: str
    summary_en: str
    summary_zh: str
    description_en: str
    description_zh: str
    requirement_en: str
    requirement_zh: str
    must_have: tuple[MustHave, ...]
    technology_codes: tuple[str, ...]
    min_trl: int | None
    deal_kinds: tuple[str, ...]
    budget_min_minor: int | None
    budget_max_minor: int | None
    currency: str | None
    budget_visible: str
    exclusivity_wanted: str
    deadline_eoi: date
    deadline_solution: date
    target_countries: tuple[str, ...]
    partner_kinds: tuple[str, ...]
    languages: tuple[str, ...]
    composition: Composition


class _Desk:
    """Draws owners and topics, and remembers the titles already given."""

    def __init__(
        self,
        rng: random.Random,
        organizations: Sequence[Organization],
        kinds: Sequence[str],
        *,
        within: Collection[int] | None,
    ) -> None:
        self.rng, self.organizations = rng, organizations
        allowed = range(len(organizations)) if within is None else within
        self.owners = [index for index, item in enumerate(organizations) if item.kind in kinds and index in allowed]
        self.titles: set[str] = set()
        self.by_field: dict[str, list[Topic]] = {}
        for topic in topics():
            self.by_field.setdefault(topic.field, []).append(topic)

    def owner_and_topic(self, number: int) -> tuple[int, Topic]:
        """The fields take turns, so that each is covered; the owner is one of that field where there is one."""
        field = str(number % len(self.by_field) + 1)
        candidates = self.rng.sample(self.owners, min(12, len(self.owners)))
        fitting = (index for index in candidates if field in self.organizations[index].technology_codes)
        return next(fitting, candidates[0]), self.rng.choice(self.by_field[field])

    def compose(self, topic: Topic, owner: int, *, slot: str, subject: Word | None) -> tuple[Composition, Pair]:
        """A composition whose title nobody has in either language."""
        city = self.organizations[owner]
        while True:
            made = Composition(topic, self.rng, subject=subject, asking=slot == "need_title")
            made.say("city", Pair(city.city_en, city.city_zh))
            title = made.title(slot)
            if len(title.en) <= 200 and title.en not in self.titles and title.zh not in self.titles:
                self.titles.update(title)
                return made, title

    def codes(self, topic: Topic) -> tuple[str, ...]:
        return (topic.field, *self.rng.sample(topic.neighbours, self.rng.choice((0, 0, 1, 1, 2))))

    def kinds(self) -> tuple[str, ...]:
        return tuple(self.rng.sample(DEAL_KINDS.codes, self.rng.choice((1, 1, 2, 2, 3))))

    def partners(self) -> tuple[str, ...]:
        return tuple(self.rng.sample(PARTNER_KINDS.codes[:7], self.rng.randint(1, 4)))

    def countries(self, home: str) -> tuple[str, ...]:
        """Where partners are sought: often anywhere (empty), else China and a few others."""
        if self.rng.random() < 0.5:
            return ()
        others = self.rng.sample(("CN", "DE", "FR", "GB", "IT", "JP", "KR", "SG", "US", "RU", "CA"), 4)
        return tuple(sorted({"CN", home, *others[: self.rng.randint(0, 4)]}))


def achievements(
    count: int,
    seed: int,
    organizations: Sequence[Organization],
    *,
    first_on: str | None = None,
    owners: Collection[int] | None = None,
) -> Iterator[Achievement]:
    """``count`` achievements of agencies and institutes, all titles distinct in each language, every field in turn.

    ``first_on`` names an object of the lexicon (in English) that the first one is about, offered from China;
    ``owners`` limits the owners to some indices. Raises LookupError for an object that no topic has.
    """
    desk = _Desk(random.Random(f"achievements-{seed}"), organizations, ("agency", "institute"), within=owners)
    for number in range(count):
        owner, topic = desk.owner_and_topic(number)
        subject = None
        if number == 0 and first_on is not None:
            topic, subject = _find(first_on)
            owner = desk.rng.choice([index for index in desk.owners if organizations[index].domestic])
        yield _achievement(desk, f"A{seed}-{number + 1:05d}", owner, topic=topic, subject=subject)


def _find(subject_en: str) -> tuple[Topic, Word]:
    for topic in topics():
        for word in topic.objects:
            if word.en == subject_en:
                return topic, word
    raise LookupError(subject_en)


def needs(
    count: int,
    seed: int,
    organizations: Sequence[Organization],
    *,
    opens_on: date,
    owners: Collection[int] | None = None,
) -> Iterator[Need]:
    """``count`` needs of companies; each asks for words and values of a topic that achievements are written from.

    Deadlines count from ``opens_on``; ``owners`` limits the owners to some indices.
    """
    desk = _Desk(random.Random(f"needs-{seed}"), organizations, ("company",), within=owners)
    for number in range(count):
        owner, topic = desk.owner_and_topic(number)
        yield _need(desk, f"N{seed}-{number + 1:05d}", owner, topic=topic, opens_on=opens_on)


def _evidence(trl: int | None) -> str:
    if trl is None:
        return "evidence_unknown"
    bands = ((3, "low"), (5, "lab"), (8, "demo"), (9, "market"))
    return "evidence_" + next(band for highest, band in bands if trl <= highest)


def _described(made: Composition, desk: _Desk, *, trl: int | None, ip: str, kinds: Sequence[str]) -> Pair:
    slots = {"evidence": _evidence(trl), "ip": f"ip_{ip}", "cooperate": f"cooperate_{kinds[0]}"}
    order = desk.rng.choice(_ORDERS)
    return paragraph([made.problem if slot == "problem" else made.sentence(slots.get(slot, slot)) for slot in order])


def _price(desk: _Desk, mode: str, kind: str, *, country: str) -> Price:
    if mode == "negotiable":
        return UNSTATED
    price = span(kind, currency_for(country, desk.rng), desk.rng)
    return Price(price.low_minor, price.low_minor, price.currency) if mode == "fixed" else price


def _segment(desk: _Desk, owner: Organization, *, first_shown: bool) -> str:
    if first_shown:
        return "initial_release"
    if not owner.domestic:
        return "international"
    if owner.kind == "institute":
        return desk.rng.choice(("universities", "academy"))
    return "zhongguancun" if owner.region == "11" else desk.rng.choice(("universities", "academy", "frontier"))


def _achievement(
    desk: _Desk, external_id: str, owner: int, *, topic: Topic, subject: Word | None = None
) -> Achievement:
    rng, organization = desk.rng, desk.organizations[owner]
    made, title = desk.compose(topic, owner, slot="title", subject=subject)
    trl = rng.choices(list(_TRL_WEIGHTS), list(_TRL_WEIGHTS.values()))[0]
    ip = rng.choices(("granted", "applied", "secret_know_how", "none"), (50, 28, 14, 8))[0]
    kinds = desk.kinds()
    mode = rng.choices(("negotiable", "range", "fixed", "upfront_plus_royalty"), (40, 35, 15, 10))[0]
    price = _price(desk, mode, kinds[0], country=organization.country)
    first_shown = rng.random() < 0.03
    summary, advantages = made.title("summary"), made.title("advantages")
    description = _described(made, desk, trl=trl, ip=ip, kinds=kinds)
    return Achievement(
        external_id=external_id,
        organization=owner,
        title_en=title.en,
        title_zh=title.zh,
        summary_en=summary.en,
        summary_zh=summary.zh,
        description_en=description.en,
        description_zh=description.zh,
        advantages_en=advantages.en,
        advantages_zh=advantages.zh,
        technology_codes=desk.codes(topic),
        ipc_codes=tuple(topic.ipc[: rng.randint(1, len(topic.ipc))]),
        trl=trl,
        stage=rng.choice(_STAGES[trl]),
        ip_status=ip,
        deal_kinds=kinds,
        price_mode=mode,
        price_min_minor=price.low_minor,
        price_max_minor=price.high_minor,
        currency=price.currency,
        target_countries=desk.countries(organization.country),
        partner_kinds=desk.partners(),
        segment=_segment(desk, organization, first_shown=first_shown),
        initial_release=first_shown,
        composition=made,
    )


def _must_have(claim: Claim) -> MustHave:
    figure = claim.figure
    operator = ">=" if figure.grows else "<="
    return MustHave(*figure.name, operator, str(claim.value), *figure.unit)


def _need(desk: _Desk, external_id: str, owner: int, *, topic: Topic, opens_on: date) -> Need:
    rng, organization = desk.rng, desk.organizations[owner]
    made, title = desk.compose(topic, owner, slot="need_title", subject=None)
    kinds = desk.kinds()
    budget = span(kinds[0], currency_for(organization.country, rng), rng) if rng.random() < 0.8 else UNSTATED
    summary, requirement = made.title("need_summary"), made.title("need_requirement")
    texts = [made.problem, *(made.sentence(slot) for slot in ("need_context", "need_wish", "need_offer"))]
    description = paragraph(texts)
    answer_by = opens_on + timedelta(days=rng.randint(20, 90))
    return Need(
        external_id=external_id,
        organization=owner,
        title_en=title.en,
        title_zh=title.zh,
        summary_en=summary.en,
        summary_zh=summary.zh,
        description_en=description.en,
        description_zh=description.zh,
        requirement_en=requirement.en,
        requirement_zh=requirement.zh,
        must_have=tuple(map(_must_have, made.claims[:2])),
        technology_codes=desk.codes(topic),
        min_trl=rng.choice((None, 3, 4, 5, 5, 6, 6, 7)),
        deal_kinds=kinds,
        budget_min_minor=budget.low_minor,
        budget_max_minor=budget.high_minor,
        currency=budget.currency,
        budget_visible=rng.choice(("public", "public", "after_eoi", "never")),
        exclusivity_wanted=rng.choice(("yes", "no", "open", "open")),
        deadline_eoi=answer_by,
        deadline_solution=answer_by + timedelta(days=rng.randint(90, 400)),
        target_countries=desk.countries(organization.country),
        partner_kinds=desk.partners(),
        languages=("zh", "en") if organization.domestic else ("en",),
        composition=made,
    )
