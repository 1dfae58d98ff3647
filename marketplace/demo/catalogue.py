"""Puts the sample's achievements and needs into the catalogue of a fair, through the bulk services of listings."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.demo import rights
from marketplace.demo.listings import Achievement, Need
from marketplace.demo.plan import Edition
from marketplace.demo.vocabulary import Pair
from marketplace.fairs.models import Fair, Segment
from marketplace.listings.drafting import create_many
from marketplace.listings.entering import publish_many
from marketplace.listings.models import Kind
from marketplace.listings.parameters import LONGEST_NAME
from marketplace.listings.rules import ASKED
from marketplace.organizations.models import Organization
from marketplace.taxonomy import units

EXCLUSIVITY = {"yes": "exclusive", "no": "non_exclusive", "open": None}
SHARED = ("external_id", "title_en", "title_zh", "summary_en", "summary_zh", "description_en", "description_zh", "currency")
LISTS = ("technology_codes", "deal_kinds", "target_countries", "partner_kinds")
Progress = Callable[[str, Sequence[Any]], Any]


def _shared(item: Achievement | Need) -> dict[str, Any]:
    return {name: getattr(item, name) for name in SHARED} | {name: list(getattr(item, name)) for name in LISTS}


def _row(name: Pair, operator: str, value: str, unit: Pair) -> list[dict[str, Any]]:
    """A measurable parameter named in both languages; none for the few whose unit is a phrase that nothing converts."""
    try:
        units.unit(unit.en)
    except ValueError:
        return []
    written = f"{name.en} / {name.zh}"
    return [{"name": written, "operator": operator, "value": value, "upper": None, "unit": unit.en or None}] if len(written) <= LONGEST_NAME else []


def _measured(item: Achievement) -> dict[str, Any]:
    """What two achievements in three say of measured values, languages and how far a licence goes: so that there is what is met,
    what is not, and what nobody knows."""
    number = int(item.external_id[-5:])
    rows = [row for claim in item.composition.claims for row in _row(claim.figure.name, "=", f"{claim.value:f}", claim.figure.unit)]
    furthest = ("exclusive", "non_exclusive", "sole")[number // 2 % 3] if "licence" in item.deal_kinds and number % 2 else None
    languages = (["en"], ["zh", "en"], ["zh", "en"], [], ["zh"])[number % 5] if item.segment != "international" else (["en"], [])[number % 2]
    return {"parameters": rows if number % 3 else [], "exclusivity": furthest, "languages": languages}


def _demanded(item: Need) -> dict[str, Any]:
    """What every second need must have, in figures, and the languages of all but every fourth."""
    number = int(item.external_id[-5:])
    found = ((Pair(one.parameter_en, one.parameter_zh), one.operator, one.value, Pair(one.unit_en, one.unit_zh)) for one in item.must_have)
    rows = [row for name, operator, value, unit in found for row in _row(name, operator, value, unit)]
    return {"parameters": rows if number % 2 else [], "languages": list(item.languages) if number % 4 else []}


def achievement_content(item: Achievement) -> dict[str, Any]:
    """An achievement by column; what the plan leaves open is answered with "unknown"."""
    own = ("advantages_en", "advantages_zh", "trl", "stage", "ip_status", "price_mode")
    amounts = {"amount_min_minor": item.price_min_minor, "amount_max_minor": item.price_max_minor}
    return _shared(item) | {name: getattr(item, name) for name in own} | amounts | _measured(item) | rights.of_achievement(item) | {"unknowns": list(ASKED[Kind.ACHIEVEMENT])}


def need_content(item: Need) -> dict[str, Any]:
    """A need by column; what the plan leaves open is answered with "unknown"."""
    return _shared(item) | _demanded(item) | rights.of_need(item) | {
        "requirement_en": item.requirement_en, "requirement_zh": item.requirement_zh, "min_trl": item.min_trl,
        "deadline": item.deadline_eoi, "exclusivity": EXCLUSIVITY[item.exclusivity_wanted],
        "amount_min_minor": item.budget_min_minor, "amount_max_minor": item.budget_max_minor, "unknowns": list(ASKED[Kind.NEED]),
    }  # fmt: skip


def gather(
    fair: Fair, edition: Edition, *, chosen: Mapping[Kind, Collection[int]], organizations: Mapping[int, Organization], by: Actor,
    progress: Progress,
) -> dict[Kind, dict[int, UUID]]:  # fmt: skip
    """Publish the chosen listings (places in the edition's lists) in the fair; their ids by place. ``by`` is a moderator.

    Raises Invalid for a listing that even a draft could not be.
    """
    found = {}
    for kind, items, content in (
        (Kind.ACHIEVEMENT, edition.achievements, achievement_content),
        (Kind.NEED, edition.needs, need_content),
    ):
        label = f"{fair.slug}: {kind.value}s"
        found[kind] = ids = _draft(kind, items, content, places=chosen[kind], organizations=organizations, progress=progress, label=label)
        segments = _segments(fair, {ids[place]: items[place] for place in ids})
        publish_many(kind, dict.fromkeys(ids.values(), 1), fair=fair, segments=segments, by=by)
        for listing_id in ids.values():
            audit.record("listings.import", f"listing:{listing_id}", by=by, fair_id=fair.id, published=True)
    return found


def _draft(
    kind: Kind, items: Sequence[Any], content: Callable[[Any], dict[str, Any]], *, places: Collection[int],
    organizations: Mapping[int, Organization], progress: Progress, label: str,
) -> dict[int, UUID]:  # fmt: skip
    """Drafts with their first version, one organisation after the other; ids by place."""

    def owner(place: int) -> int:
        return items[place].organization  # type: ignore[no-any-return]

    ids: dict[int, UUID] = {}
    groups = [(number, list(mine)) for number, mine in groupby(sorted(places, key=owner), key=owner)]
    for number, mine in progress(label, groups):
        made = create_many(kind, [content(items[place]) for place in mine], organization_id=organizations[number].id, by=None)
        ids |= dict(zip(mine, made, strict=True))
    return ids


def _segments(fair: Fair, items: Mapping[UUID, Achievement | Need]) -> dict[UUID, UUID]:
    """{listing id: segment id}; needs stand in none."""
    known: dict[str, UUID] = dict(db.session.execute(select(Segment.code, Segment.id).where(Segment.fair_id == fair.id)).all())  # type: ignore[arg-type]
    return {listing_id: known[item.segment] for listing_id, item in items.items() if isinstance(item, Achievement)}
