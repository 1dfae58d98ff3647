"""A fair with an open call: two criteria, and what applying, reviewing and choosing need."""

from marketplace.accounts.models import Person
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.roadshow.calls import applying, calling
from marketplace.roadshow.calls.models import Application, PitchCall, Reviewer, Status, Told
from tests.factories import actor, do, make_member, make_organization, make_person, make_staff, save
from tests.roadshow.factories_roadshow import make_achievement

CRITERIA = [{"name_en": "Novelty", "name_zh": "创新性", "weight": 3}, {"name_en": "Maturity", "name_zh": None, "weight": 1}]
PITCH = "We make steam at 150 degrees without gas, and look for a food company."


def make_call(fair: Fair, places: int = 2, **fields) -> PitchCall:
    manager = actor(make_staff(fair))
    facts = {"text_en": "Come and pitch.", "text_zh": "欢迎报名路演。", "opens_on": today(fair.time_zone), "closes_on": fair.closes_on, "criteria": CRITERIA}
    return do(calling.put_out, fair.id, **(facts | {"places": places} | fields), by=manager)


def make_application(call: PitchCall, *, organization=None, person: Person | None = None, status=Status.SUBMITTED, told=None, mean=0, reviews=0, spread=0, days=(), **fields) -> Application:
    """As applying makes it, with the standing and the decision that a test needs."""
    organization = organization or make_organization()
    person = person or make_member(organization)
    fair = db.session.get_one(Fair, call.fair_id)
    achievement = make_achievement(fair, organization, **fields)
    made = do(
        applying.apply, call.id, achievement_id=achievement.id, pitch_text=PITCH, language="en", days=list(days), by=actor(person, organization)
    )
    made.status, made.mean, made.review_count, made.spread = status, mean, reviews, spread
    made.reason = "Another one was nearer to the market." if status is Status.REJECTED else None
    made.waiting_number = 1 if status is Status.WAITING else None
    made.told, made.told_at = (Told(told), now()) if told else (None, None)
    return save(made)


def make_reviewer(call: PitchCall, person: Person | None = None) -> Person:
    person = person or make_person()
    save(Reviewer(call_id=call.id, person_id=person.id, appointed_by=person.id, created_at=now()))
    return person
