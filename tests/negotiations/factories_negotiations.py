"""A fair with two organisations that could make a deal, an outsider, and staff; and threads at every stage."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.negotiations import handover, interest, rounds, staging
from marketplace.negotiations.models import Negotiation, Stage
from marketplace.negotiations.rules import Terms
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Organization
from tests.factories import actor, do, make_fair, make_member, make_organization, make_staff, save

numbers = count(1)
TERMS = Terms(amount_minor=680_000_000, currency="CNY", kind="licence")
ASKED = {"cooperation_wanted": "licence", "question": "CANARY-QUESTION may we see it run?"}


def make_listing(kind: Kind, organization: Organization, fair: Fair, *, published: bool = True, anonymous: bool = False, **content: Any) -> Listing:
    n = next(numbers)
    listing = save(Listing(
        num=900_000 + n, kind=kind, reference=f"{kind.value[0].upper()}-2020-9{n:05d}", organization_id=organization.id,
        anonymous=anonymous, shown_owner_id=None if anonymous else organization.id,
        created_at=now(), changed_at=now(), public_number=1 if published else None,
    ))  # fmt: skip
    lists = dict.fromkeys(("technology_codes", "unknowns", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds"), [])
    save(ListingVersion(**{"listing_id": listing.id, "number": 1, "created_at": now(), "title_en": f"{kind.value} {n}", **lists} | content))
    status = EntryStatus.PUBLISHED if published else EntryStatus.SUBMITTED
    save(FairEntry(
        listing_id=listing.id, fair_id=fair.id, kind=kind, num=listing.num, status=status, submitted_number=None if published else 1,
        published_number=1 if published else None, published_at=now() if published else None,
    ))  # fmt: skip
    return listing


@dataclass
class World:
    fair: Fair
    agency: Organization
    company: Organization
    outsider: Organization
    at_agency: Person
    at_company: Person
    at_outsider: Person
    clerk: Person
    achievement: Listing
    need: Listing

    @property
    def seller(self) -> Actor:
        return actor(self.at_agency, self.agency)

    @property
    def buyer(self) -> Actor:
        return actor(self.at_company, self.company)

    @property
    def stranger(self) -> Actor:
        return actor(self.at_outsider, self.outsider)

    @property
    def staff(self) -> Actor:
        return actor(self.clerk)


def make_world(**fair: Any) -> World:
    opened = make_fair(**fair)
    agency = make_organization(kind=OrganizationKind.AGENCY, name_en="Northgate", country="DE")
    company = make_organization(kind=OrganizationKind.COMPANY, name_en="Hengyuan", country="CN")
    outsider = make_organization(kind=OrganizationKind.COMPANY)
    return World(
        fair=opened, agency=agency, company=company, outsider=outsider, at_agency=make_member(agency),
        at_company=make_member(company), at_outsider=make_member(outsider), clerk=make_staff(opened, "clerk"),
        achievement=make_listing(Kind.ACHIEVEMENT, agency, opened, title_en="Heat pump", title_zh="热泵"),
        need=make_listing(Kind.NEED, company, opened, title_en="Steam at 150 degrees"),
    )  # fmt: skip


def asked(world: World, **more: Any) -> Negotiation:
    """The company asked the agency about its achievement."""
    found, _ = do(interest.ask, **{"achievement_id": world.achievement.id, **ASKED, **more}, by=world.buyer)
    return found


BEFORE_TERMS = (Stage.TALKING, Stage.NDA, Stage.EVALUATION)
AFTER_TERMS = (Stage.TERMS_AGREED, Stage.APPROVAL, Stage.READY_TO_SIGN, Stage.SIGNED)


def thread_at(world: World, stage: Stage, *, terms: Terms = TERMS) -> Negotiation:
    """A thread at a stage, brought there by the services; from *terms proposed* on with a round by the agency."""
    thread = asked(world)
    if stage is Stage.DECLINED:
        do(interest.decline, thread.id, "not_fit", by=world.seller)
    elif stage is Stage.WITHDRAWN:
        do(interest.withdraw, thread.id, by=world.buyer)
    elif stage is not Stage.INTEREST:
        do(interest.accept, thread.id, by=world.seller)
        if stage not in BEFORE_TERMS:
            do(rounds.offer, thread.id, terms, by=world.seller)
        _further(world, thread, stage)
    db.session.refresh(thread)
    return thread


def _further(world: World, thread: Negotiation, stage: Stage) -> None:
    """From the accepted interest, or the first round, to a stage."""
    if stage is Stage.NDA:
        do(staging.keep_secret, thread.id, by=world.seller)
    elif stage is Stage.EVALUATION:
        do(staging.take, thread.id, "evaluate", by=world.buyer)
    elif stage is Stage.COUNTERED:
        do(rounds.offer, thread.id, TERMS, by=world.buyer)
    elif stage in AFTER_TERMS:
        do(rounds.agree, thread.id, 1, by=world.buyer)
        for step in ("need_approval", "approve")[: AFTER_TERMS.index(stage)]:
            do(staging.take, thread.id, step, by=world.seller)
        if stage is Stage.SIGNED:
            do(handover.hand_over, thread.id, by=world.seller)
            do(staging.follow_contract, thread.id, signed=True, by=world.staff)
    elif stage is Stage.PAUSED:
        do(staging.pause, thread.id, tomorrow(world.fair), by=world.buyer)
    elif stage is Stage.LOST:
        do(rounds.lose, thread.id, "price", by=world.buyer)


def tomorrow(fair: Fair) -> date:
    return today(fair.time_zone) + timedelta(days=1)


def handed(world: World, *, terms: Terms = TERMS) -> Negotiation:
    thread = thread_at(world, Stage.TERMS_AGREED, terms=terms)
    do(handover.hand_over, thread.id, by=world.seller)
    return thread
