"""Calls for pitches at the sample's open fair: organisations apply, staff score, some are chosen, told and placed, and some are left to do."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.demo.people import acting
from marketplace.demo.plan import Edition
from marketplace.fairs.models import Fair
from marketplace.roadshow import queries
from marketplace.roadshow.calls import applying, calling, publishing, scoring, selecting, telling, timetable, timetabling
from marketplace.roadshow.models import Session

TEXT_EN = (
    "Show in ten minutes what is new, how far it is, and whom you look for.\n\n"
    "Whoever is chosen presents free of charge. Reviewers of the fair score every application; you read the decision here."
)
TEXT_ZH = "用十分钟说明：新在哪里、做到哪一步、想找什么样的合作伙伴。\n\n入选项目免费上台。由交易会评审打分，结果在本页公布。"
CRITERIA = (("Novelty", "创新性", 3), ("Readiness for use", "应用成熟度", 2), ("Clear ask", "合作需求明确", 1))
PLACES, CHOSEN, PLACED, EVERY, MOST = 8, 5, 3, 3, 12
"""How many places there are, how many of them are given, how many have a slot; every third achievement is put forward, at most twelve."""


def put_out(
    fair: Fair, edition: Edition, *, achievements: Mapping[int, UUID], owners: Mapping[int, Person], manager: Actor, reviewers: Sequence[Actor]
) -> None:
    """The call, its applications and what became of them so far. Raises DomainError."""
    criteria = [{"name_en": en, "name_zh": zh, "weight": weight} for en, zh, weight in CRITERIA]
    call = calling.put_out(
        fair.id, text_en=TEXT_EN, text_zh=TEXT_ZH, opens_on=fair.opens_on, closes_on=fair.closes_on, places=PLACES, criteria=criteria, by=manager
    )
    for reviewer in reviewers:
        calling.appoint(fair.id, reviewer.email, by=manager)
    applications = [
        _apply(call.id, edition, place=place, achievement_id=key, owners=owners) for place, key in list(achievements.items())[::EVERY][:MOST]
    ]
    keys = [criterion.id for criterion in calling.criteria(call.id)]
    for number, application_id in enumerate(applications[:-2]):
        for turn, reviewer in enumerate(reviewers[: 1 + number % 2 + (number < CHOSEN)]):
            points = {key: 2 + (3 * number + 2 * turn + step) % 4 for step, key in enumerate(keys)}
            scoring.score(application_id, points=points, comment=None, by=reviewer)
    selecting.select_first(fair.id, CHOSEN, by=manager)
    telling.tell(fair.id, by=manager)
    session = _free_of_charge(fair)
    if session is not None:
        _place(session, by=manager)
    publishing.publish(fair.id, by=manager)


def _apply(call_id: UUID, edition: Edition, *, place: int, achievement_id: UUID, owners: Mapping[int, Person]) -> UUID:
    achievement = edition.achievements[place]
    owner = owners[achievement.organization]
    text = f"{achievement.summary_zh}\n\n{achievement.advantages_zh}" if owner.language == "zh" else f"{achievement.summary_en}\n\n{achievement.advantages_en}"
    return applying.apply(call_id, achievement_id=achievement_id, pitch_text=text[:2000], language=owner.language, by=acting(owner)).id


def _free_of_charge(fair: Fair) -> Session | None:
    """The first session that costs nothing, with slots that are free."""
    rows = [session for _, day in queries.by_day(fair) for session, _ in day if session.slots and session.price_minor is None]
    return rows[0] if rows else None


def _place(session: Session, *, by: Actor) -> None:
    call = calling.managed(session.fair_id, by=by)
    free = queries.free_positions(session)
    for row, position in list(zip(timetable.unplaced(call), free, strict=False))[:PLACED]:
        timetabling.place(row.Application.id, session.id, position, accept_warnings=True, by=by)
