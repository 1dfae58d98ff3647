"""Loads the plan of the sample fairs: everything goes through the services of the domains, in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import shifted, today
from marketplace.core.db import db
from marketplace.core.errors import Duplicate
from marketplace.core.i18n import gettext
from marketplace.demo import (
    aftermath,
    asking,
    calls,
    desk,
    directory,
    door,
    meeting_day,
    papers,
    partners,
    people,
    roadshow,
    shares,
    silence,
    story,
    talks,
    waiting,
    wishing,
)
from marketplace.demo.catalogue import Progress, gather
from marketplace.demo.deals import Contract
from marketplace.demo.figures_2020 import FIGURES
from marketplace.demo.plan import Edition, Negotiation, Plan
from marketplace.fairs import queries as fairs
from marketplace.fairs import service as fair_service
from marketplace.fairs.models import Fair, StaffRole
from marketplace.figures import freezing
from marketplace.ledger import queries as ledger
from marketplace.ledger import scopes
from marketplace.ledger.writing import live_scopes
from marketplace.listings.models import Kind
from marketplace.organizations import service as organization_service
from marketplace.organizations.models import Organization
from marketplace.reports import record
from marketplace.taxonomy.vocabularies import DEAL_KINDS

ZONE = "Asia/Shanghai"
CLOSED, OPEN = "zgc-2020", "today"
DAY = timedelta(days=1)
OPEN_DAYS = 2 * DAY
"""How long the open fair goes on from the day on which it is loaded, or found to be over."""
SEGMENTS = (
    ("universities", "Universities", "高等院校"),
    ("academy", "Chinese Academy of Sciences", "中国科学院"),
    ("international", "International transfer offices", "国际技术转移机构"),
    ("zhongguancun", "Zhongguancun transfer offices", "中关村技术转移机构"),
    ("frontier", "Frontier projects", "前沿项目"),
    ("initial_release", "Initially released products", "首发产品"),
)
NAMES = {
    CLOSED: ("Technology Trading Fair 2020, Zhongguancun Forum", "2020中关村论坛技术交易会"),
    OPEN: ("Technology Trading Fair, open today", "技术交易会（进行中）"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """At most how much of the closed fair to load; what its contracts refer to always comes along. None is all of it."""

    achievements: int | None = None
    needs: int | None = None
    organizations: int | None = None


WHOLE = Part()


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many approved organisations, public listings and logged contracts the sample has."""

    organizations: int
    achievements: int
    needs: int
    contracts: int


def is_loaded() -> bool:
    """Whether both sample fairs are here. Raises Duplicate when a fair of somebody else's has one of their addresses."""
    found = [fair for fair in fairs.everyone() if fair.slug in {CLOSED, OPEN}]
    if any(not fair.sample for fair in found) or len(found) == 1:
        raise Duplicate(gettext("A fair with the address %(slug)s exists, but is no sample: the sample is not loaded.", slug=found[0].slug))
    return bool(found)


def keep_open() -> Fair | None:
    """Let the open sample fair go on when its days are over; the fair, or None when nothing had to change.

    A fair that somebody closed stays closed.
    """
    fair, admin = fairs.by_slug(OPEN), people.actor("admin")
    day = today(fair.time_zone)
    if admin is None or fair.closed_at is not None or fair.closes_on >= day:
        return None
    return fair_service.edit(fair_service.managed(OPEN, by=admin, lock=True), by=admin, closes_on=day + OPEN_DAYS)


def load(plan: Plan, *, folder: Path, progress: Progress, part: Part = WHOLE) -> Loaded:
    """Load both fairs inside the open transaction; evidence files go to ``folder``. Raises DomainError; then nothing is kept."""
    with shifted(-DAY):
        stage = _until_yesterday(plan, folder=folder, progress=progress, part=part)
    _today(plan, stage)
    editions = (plan.fair_2020, plan.today)
    return Loaded(
        organizations=len(stage.organizations), achievements=stage.count(Kind.ACHIEVEMENT), needs=stage.count(Kind.NEED),
        contracts=sum(len(edition.all_contracts) for edition in editions),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What stands when the open fair's second day begins; organisations and their owners by their place in the plan."""

    organizations: Mapping[int, Organization]
    owners: Mapping[int, Person]
    fairs: Mapping[str, Fair]
    listings: Mapping[str, Mapping[Kind, Mapping[int, UUID]]]
    crew: Mapping[str, Actor]
    cast: story.Cast

    def count(self, kind: Kind) -> int:
        return sum(len(listings[kind]) for listings in self.listings.values())


def _until_yesterday(plan: Plan, *, folder: Path, progress: Progress, part: Part) -> _Stage:
    """The closed fair from its opening to its end, and the first day of the open one."""
    editions = (plan.fair_2020, plan.today)
    chosen = {edition.slug: _chosen(edition, part if edition.slug == CLOSED else WHOLE) for edition in editions}
    people.create_staff(plan.staff)
    organizations, owners = _organizations(plan, _needed(plan, chosen, part), progress)
    opened = {edition.slug: _fair(edition) for edition in editions}
    crew = {code: _present(people.actor(code)) for code in (*people.STAFF, "admin")}
    listings, at = {}, {}
    for edition in editions:
        fair = opened[edition.slug]
        found = gather(fair, edition, chosen=chosen[edition.slug], organizations=organizations, by=crew["moderator"], progress=progress)
        listings[edition.slug] = found
        at[edition.slug] = desk.Desk(
            clerk=crew["clerk"], verifier=crew["verifier"], folder=folder, organizations=organizations,
            achievements=found[Kind.ACHIEVEMENT], needs=found[Kind.NEED],
        )  # fmt: skip
    closed, contracts = opened[CLOSED], plan.fair_2020.contracts
    for contract in progress(f"{CLOSED}: contracts", desk.settled(contracts, live_scopes(closed.id), closes_on=closed.closes_on)):
        desk.log(closed, contract, at[CLOSED])
    db.session.flush()
    _end(closed, plan.fair_2020, listings=listings[CLOSED], organizations=organizations, owners=owners, crew=crew)
    cast = story.Cast(desk=at[OPEN], manager=crew["manager"], owners=owners)
    story.first_day(opened[OPEN], progress(f"{OPEN}: contracts", plan.today.contracts), cast)
    return _Stage(organizations=organizations, owners=owners, fairs=opened, listings=listings, crew=crew, cast=cast)


def _end(
    fair: Fair, edition: Edition, *, listings: Mapping[Kind, Mapping[int, UUID]], organizations: Mapping[int, Organization],
    owners: Mapping[int, Person], crew: Mapping[str, Actor],
) -> None:  # fmt: skip
    """The closed fair's roadshow, what became of its intents, its record and its published figure."""
    roadshow.put_on(fair, edition, listings=listings, organizations=organizations, owners=owners, threads=(), manager=crew["manager"])
    aftermath.tell(fair)
    silence.keep(owners.values(), threads=())
    record.publish(fair, FIGURES, by=crew["admin"])
    freezing.freeze(fair, ledger.scope(fair.id, None), by=crew["manager"])
    fair_service.close(CLOSED, by=crew["admin"])


def _today(plan: Plan, stage: _Stage) -> None:
    """The second day of the open fair, up to now."""
    fair, edition, crew = stage.fairs[OPEN], plan.today, stage.crew
    if fairs.current() is None:
        fair_service.make_current(OPEN, by=crew["admin"])
    listings = stage.listings[OPEN]
    threads = talks.hold(fair, edition.negotiations, listings=listings, owners=stage.owners)
    roadshow.put_on(
        fair, edition, listings=listings, organizations=stage.organizations, owners=stage.owners, threads=threads, manager=crew["manager"]
    )
    agency, company = _present(people.actor("agency")), _present(people.actor("company"))
    third = next(place for place, owner in stage.owners.items() if owner.id not in {agency.person_id, company.person_id})
    meeting_day.hold(fair, agency=agency, company=company, third=people.acting(stage.owners[third]), manager=crew["manager"])
    wishing.wish(fair, (agency, company, people.acting(stage.owners[third])), manager=crew["manager"])
    calls.put_out(
        fair, edition, achievements=listings[Kind.ACHIEVEMENT], owners=stage.owners, manager=crew["manager"], reviewers=[crew["verifier"], crew["moderator"]]
    )
    door.open_up(fair, agency=agency, visitor=people.acting(stage.owners[third]))
    threads += asking.ask_around(
        fair, edition, achievements=listings[Kind.ACHIEVEMENT], owners=stage.owners, agency=agency, company=company, third=people.acting(stage.owners[third])
    )
    if edition.queue is not None:
        waiting.hand_in(fair, edition.queue, owners=stage.owners, moderator=crew["moderator"])
    waiting.register(plan.newcomer)
    directory.fill(stage.organizations, stage.owners, agency=stage.owners[plan.today.negotiations[0].owner], manager=crew["manager"])
    story.today_so_far(fair, edition.contracts_today, stage.cast, before=edition.contracts)
    proposed = partners.bring_together(fair, edition, listings=listings, owners=stage.owners, by=crew["moderator"])
    papers.lay_out(fair, threads[0], agency=agency, company=company)
    shares.agree(fair, organizations=stage.organizations, owners=stage.owners, agency=agency)
    silence.keep(stage.owners.values(), threads=threads, asked=story.asked(fair) | proposed)


def _present(actor: Actor | None) -> Actor:
    if actor is None:
        raise LookupError("a sample person is missing")
    return actor


def _chosen(edition: Edition, part: Part) -> dict[Kind, list[int]]:
    """The places of the listings to load: the first ones, and all that contracts and talks refer to."""
    referring: list[Contract | Negotiation] = [*edition.all_contracts, *edition.negotiations]
    achievements = {each.achievement for each in referring}
    needs = {each.need for each in referring if each.need is not None}
    return {
        Kind.ACHIEVEMENT: sorted(achievements | set(range(len(edition.achievements))[: part.achievements])),
        Kind.NEED: sorted(needs | set(range(len(edition.needs))[: part.needs])),
    }


def _needed(plan: Plan, chosen: Mapping[str, Mapping[Kind, Collection[int]]], part: Part) -> list[int]:
    """The places of the organisations to load."""
    found = set(range(len(plan.organizations))[: part.organizations])
    for edition in (plan.fair_2020, plan.today):
        found |= {edition.achievements[place].organization for place in chosen[edition.slug][Kind.ACHIEVEMENT]}
        found |= {edition.needs[place].organization for place in chosen[edition.slug][Kind.NEED]}
        found |= {party.organization for contract in edition.all_contracts for party in contract.parties}
        found |= {place for each in edition.negotiations for place in (each.interested, each.owner)}
        found |= edition.queue.owners if edition.queue else set()
    return sorted(found)


def _organizations(plan: Plan, places: Sequence[int], progress: Progress) -> tuple[dict[int, Organization], dict[int, Person]]:
    """Approved organisations and their owners, by place. The two of the first talks belong to the people who can sign in."""
    first = plan.today.negotiations[0]
    sample = {first.owner: "agency", first.interested: "company"}
    made, owners = {}, {}
    for place in progress("Organisations", places):
        item = plan.organizations[place]
        contact, language = item.contact, "zh" if item.domestic else "en"
        if place in sample:
            person = people.create(sample[place], contact.name_en)
        else:
            person = accounts.create(contact.name_en, contact.email, password=None, language=language)
        owners[place] = person
        made[place] = organization_service.create(
            item.kind, slug=item.slug, owner=person.email, approved=True, name_en=item.name_en, name_zh=item.name_zh,
            country=item.country, region=item.region, about_en=item.about_en, about_zh=item.about_zh,
        )  # fmt: skip
    return made, owners


def _fair(edition: Edition) -> Fair:
    """The fair with its segments, scopes and staff; the headline of the closed one is the Expo's."""
    name_en, name_zh = NAMES[edition.slug]
    segments = [{"code": code, "name_en": en, "name_zh": zh} for code, en, zh in SEGMENTS]
    settings: dict[str, Any] = {
        "name_en": name_en, "name_zh": name_zh, "place_en": "Beijing", "place_zh": "北京", "base_currency": "CNY", "time_zone": ZONE,
        "opens_on": edition.opens_on, "closes_on": edition.closes_on,
    }  # fmt: skip
    fair = fair_service.create(edition.slug, by=None, sample=True, segments=segments, **settings)
    if edition.slug == CLOSED:
        scopes.define(
            fair, "expo", name_en="Signed at the Expo", name_zh="科博会现场签约", kinds=list(DEAL_KINDS.codes), places=["at_fair"],
            first=edition.opens_on, last=edition.closes_on, headline=True, by=None,
        )  # fmt: skip
    for code in people.STAFF:
        fair_service.appoint(edition.slug, people.SIGN_INS[code].email, role=StaffRole(code), by=None)
    return fair


def day_of_loading() -> date:
    """The day on which the open fair is under way."""
    return today(ZONE)
