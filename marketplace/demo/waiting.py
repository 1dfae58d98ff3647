"""Leaves work for the staff of the open fair: listings for the moderator, an organisation for the manager."""

from collections.abc import Mapping
from typing import Any

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.demo.catalogue import achievement_content, need_content
from marketplace.demo.organizations import Organization
from marketplace.demo.people import acting
from marketplace.demo.plan import Queue
from marketplace.fairs.models import Fair
from marketplace.listings import drafting, entering
from marketplace.listings.models import FairEntry, Kind
from marketplace.organizations import service as organization_service
from marketplace.reviews import deciding

SEGMENT_OF_NEEDS = "frontier"


def hand_in(fair: Fair, queue: Queue, *, owners: Mapping[int, Person], moderator: Actor) -> None:
    """Every listing of the queue waits, but for the one that the moderator sends back. Raises DomainError."""
    for achievement in queue.achievements:
        _submit(fair, Kind.ACHIEVEMENT, achievement_content(achievement), segment=achievement.segment, owner=owners[achievement.organization])
    for need in queue.needs:
        _submit(fair, Kind.NEED, need_content(need), segment=SEGMENT_OF_NEEDS, owner=owners[need.organization])
    back = queue.returned
    entry = _submit(fair, Kind.ACHIEVEMENT, achievement_content(back), segment=back.segment, owner=owners[back.organization])
    deciding.send_back(entry.id, reason=f"{queue.reason.en}\n\n{queue.reason.zh}", by=moderator)


def _submit(fair: Fair, kind: Kind, content: Mapping[str, Any], *, segment: str, owner: Person) -> FairEntry:
    by = acting(owner)
    return entering.submit(drafting.create(kind, content, by=by).id, fair_slug=fair.slug, segment_code=segment, by=by)


def register(newcomer: Organization) -> Person:
    """The newcomer's contact registers it, and nobody has approved it yet. Raises DomainError."""
    contact = newcomer.contact
    person = accounts.create(contact.name_en, contact.email, password=None, language="zh" if newcomer.domestic else "en")
    organization_service.register(
        newcomer.kind, by=acting(person), name_en=newcomer.name_en, name_zh=newcomer.name_zh,
        country=newcomer.country, region=newcomer.region, about_en=newcomer.about_en, about_zh=newcomer.about_zh,
    )  # fmt: skip
    return person
