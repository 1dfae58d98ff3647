"""Reviewing: points for each criterion and a comment, by appointed people, never for their own organisation."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import FieldError, Forbidden, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.roadshow.calls import calling, rules
from marketplace.roadshow.calls.models import POINTS, Application, PitchCall, Review, Reviewer, Score, Status


class OwnOrganization(Forbidden):
    """A reviewer does not score an application of an organisation they belong to or act for."""

    slug, title = "own-application", _l("Somebody else has to score it")
    text = _l("This application is of an organisation that you belong to or act for: somebody else has to score it.")


def of_reviewer(call_id: UUID, *, by: Actor) -> PitchCall:
    """A call that one reviews now. Raises NotFound, Forbidden (a token without the right)."""
    by.require("roadshow.review")
    if not reviews_here(call_id, by=by):
        raise NotFound()
    return calling.get(call_id)


def reviews_here(call_id: UUID, *, by: Actor) -> bool:
    """Whether a person reviews a call now."""
    query = select(Reviewer.id).where(Reviewer.call_id == call_id, Reviewer.person_id == by.person_id, Reviewer.ended_at.is_(None))
    return by.may("roadshow.review") and db.session.scalar(query) is not None


def left_to_score(by: Actor) -> int:
    """How many applications one has still to score, in all calls that one reviews now and whose fair is not over."""
    mine = aliased(Review)
    query = (
        select(func.count(Application.id))
        .join(Reviewer, and_(Reviewer.call_id == Application.call_id, Reviewer.person_id == by.person_id, Reviewer.ended_at.is_(None)))
        .join(PitchCall, PitchCall.id == Application.call_id)
        .join(Fair, and_(Fair.id == PitchCall.fair_id, Fair.closes_on >= now().date() - timedelta(days=1)))
        .outerjoin(mine, and_(mine.application_id == Application.id, mine.person_id == by.person_id))
        .where(Application.status != Status.WITHDRAWN, mine.id.is_(None), Application.person_id != by.person_id)
    )
    return db.session.scalar(query.where(Application.organization_id.not_in(own_organizations(by)))) or 0


def own_organizations(by: Actor) -> set[UUID]:
    """The organisations a person belongs to or acts for, and those merged into them."""
    return {key for each in by.memberships for key in (each.id, each.agency_id, *each.absorbed) if key is not None}


def to_read(application_id: UUID, *, by: Actor, lock: bool = False) -> Application:
    """An application that one may score. Raises NotFound, OwnOrganization."""
    query = select(Application).where(Application.id == application_id, Application.status != Status.WITHDRAWN)
    application = db.session.scalar(query.with_for_update() if lock else query)
    if application is None:
        raise NotFound()
    of_reviewer(application.call_id, by=by)
    if application.organization_id in own_organizations(by) or application.person_id == by.person_id:
        raise OwnOrganization()
    return application


def own_review(application_id: UUID, *, by: Actor) -> tuple[Review | None, dict[UUID, int]]:
    """What one has thought of it so far: the review, and the points by criterion."""
    review = db.session.scalar(select(Review).where(Review.application_id == application_id, Review.person_id == by.person_id))
    if review is None:
        return None, {}
    rows = db.session.execute(select(Score.criterion_id, Score.points).where(Score.review_id == review.id))
    return review, dict(rows.all())


def score(application_id: UUID, *, points: Mapping[UUID, int], comment: str | None, by: Actor) -> Review:
    """Give points for every criterion of the call, or give other ones; the standing of the application follows in the same transaction.

    Raises NotFound, OwnOrganization, Invalid (a criterion is missing or foreign, or the points are not 1 to 5)."""
    application = to_read(application_id, by=by, lock=True)
    weights = {each.id: each.weight for each in calling.criteria(application.call_id)}
    _check(points, weights)
    review, _ = own_review(application_id, by=by)
    if review is None:
        review = Review(application_id=application.id, person_id=by.person_id)
        db.session.add(review)
    review.total, review.comment, review.scored_at = rules.total(points, weights), comment, now()
    db.session.flush()
    db.session.execute(delete(Score).where(Score.review_id == review.id))
    db.session.add_all(Score(review_id=review.id, criterion_id=key, points=number) for key, number in points.items())
    _restand(application)
    call = calling.get(application.call_id)
    audit.record("roadshow.score", f"application:{application.id}", by=by, fair_id=call.fair_id, total=review.total)
    db.session.flush()
    return review


def _check(points: Mapping[UUID, int], weights: Mapping[UUID, int]) -> None:
    missing = [number for number, key in enumerate(weights) if points.get(key) not in POINTS]
    if missing:
        text = gettext("Give one to five points.")
        raise Invalid(errors=tuple(FieldError(f"/scores/{number}/points", "points_missing", text) for number in missing))
    if set(points) - set(weights):
        raise Invalid.field("scores", "criterion_unknown", gettext("This is no criterion of this call."))


def _restand(application: Application) -> None:
    totals = list(db.session.scalars(select(Review.total).where(Review.application_id == application.id)))
    found = rules.standing(totals)
    application.review_count, application.mean, application.spread = found.count, found.mean, found.spread


def next_to_score(call_id: UUID, *, by: Actor, after: UUID | None = None) -> UUID | None:
    """The application with the fewest reviews that one has not scored, the earliest of them; with ``after``, the one behind it.

    So every application gets about as many reviews. None when nothing is left. Raises NotFound."""
    call = of_reviewer(call_id, by=by)
    mine = aliased(Review)
    query = (
        select(Application.id)
        .outerjoin(mine, and_(mine.application_id == Application.id, mine.person_id == by.person_id))
        .where(
            Application.call_id == call.id, Application.status != Status.WITHDRAWN, mine.id.is_(None),
            Application.organization_id.not_in(own_organizations(by)), Application.person_id != by.person_id,
        )
        .order_by(Application.review_count, Application.id)
        .limit(1)
    )  # fmt: skip
    if after is not None:
        here = db.session.scalar(select(Application).where(Application.id == after, Application.call_id == call.id))
        if here is not None:
            behind = or_(
                Application.review_count > here.review_count,
                and_(Application.review_count == here.review_count, Application.id > here.id),
            )
            found = db.session.scalar(query.where(behind))
            if found is not None:
                return found
    return db.session.scalar(query)
