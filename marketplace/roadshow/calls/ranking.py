"""Reading applications: in order of what the reviewers think, for one's own organisation, and for a reviewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, Subquery, and_, case, cast, func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.listings.models import EntryStatus, FairEntry, Listing, ListingVersion
from marketplace.organizations.models import Organization
from marketplace.roadshow.calls import calling
from marketplace.roadshow.calls.models import Application, Criterion, PitchCall, Review, Reviewer, Score, Status
from marketplace.roadshow.calls.scoring import own_organizations
from marketplace.roadshow.models import Pitch, PitchStatus, Session

BEST_FIRST = (Application.mean.desc(), Application.review_count.desc(), Application.spread, Application.applied_at, Application.id)
"""The higher mean, then more reviews, then the smaller spread, then the earlier application (docs/rules/selection.md)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How many applications of a call stand where, how many are chosen of how many places, how many wait to be told."""

    by_status: dict[Status, int]
    places: int
    unread: int
    untold: int

    @property
    def left(self) -> int:
        return max(0, self.places - self.by_status.get(Status.SELECTED, 0))


def untold() -> ColumnElement[bool]:
    """Decided otherwise than its organisation was told."""
    decided = Application.status.in_([Status.SELECTED, Status.WAITING, Status.REJECTED])
    return and_(decided, func.coalesce(cast(Application.told, String), "") != cast(Application.status, String))


def overview(call: PitchCall) -> Overview:
    """One query."""
    waits = func.sum(case((untold(), 1), else_=0))
    unread = func.sum(case((Application.review_count == 0, 1), else_=0))
    query = select(Application.status, func.count(), waits, unread).where(Application.call_id == call.id).group_by(Application.status)
    rows = db.session.execute(query).all()
    return Overview(
        by_status={status: number for status, number, _, _ in rows}, places=call.places, untold=sum(row[2] for row in rows),
        unread=sum(row[3] for row in rows if row[0] is not Status.WITHDRAWN),
    )  # fmt: skip


def places(call_id: UUID) -> Subquery:
    """{application_id, place}: the place of each application that was not withdrawn, from 1."""
    numbered = func.row_number().over(order_by=BEST_FIRST).label("place")
    query = select(Application.id.label("application_id"), numbered)
    return query.where(Application.call_id == call_id, Application.status != Status.WITHDRAWN).subquery()


def shown(fair_id: UUID) -> Any:
    """Applications with reference and public title of the achievement, and the organisation where it is named: a select to be narrowed and ordered."""
    entry = and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == fair_id, FairEntry.status == EntryStatus.PUBLISHED)
    version = and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number)
    named = and_(Organization.id == Application.organization_id, Listing.shown_owner_id.is_not(None))
    return (
        select(
            Application, Listing.reference, ListingVersion.title_en, ListingVersion.title_zh,
            Organization.name_en, Organization.name_zh,
        )
        .join(Listing, Listing.id == Application.achievement_id)
        .outerjoin(Organization, named)
        .outerjoin(FairEntry, entry)
        .outerjoin(ListingVersion, version)
    )  # fmt: skip


def ranked(call: PitchCall, status: Status | None = None) -> tuple[Select[Any], Sequence[Any]]:
    """The ranking of a call and its key, for `pages.paged`: rows as in `shown` with ``place``; ``status`` narrows it, places stay."""
    numbered = places(call.id)
    query = shown(call.fair_id).join(numbered, numbered.c.application_id == Application.id).add_columns(numbered.c.place)
    if status is not None:
        query = query.where(Application.status == status)
    return query, [numbered.c.place]


def of_organization(call: PitchCall, *, application_id: UUID | None = None, by: Actor) -> list[Any]:
    """One's own applications to a call (or one of them), as in `shown`, with the slot each has if its presenter was told of it (else None), the newest first."""
    if by.acting is None or not by.acting.approved:
        return []
    confirmed = and_(Pitch.id == Application.pitch_id, Pitch.status == PitchStatus.CONFIRMED)
    query = shown(call.fair_id).outerjoin(Pitch, confirmed).outerjoin(Session, Session.id == Pitch.session_id).add_columns(Pitch, Session)
    query = query.where(Application.call_id == call.id, Application.organization_id == by.organization_id)
    if application_id is not None:
        query = query.where(Application.id == application_id)
    return list(db.session.execute(query.order_by(Application.applied_at.desc(), Application.id).limit(200)))


def for_reviewer(call: PitchCall, *, by: Actor, done: bool) -> tuple[Select[Any], Sequence[Any]]:
    """What one has scored, or has still to score, of a call, without one's own organisation's: as in `shown` with one's ``total``."""
    mine = aliased(Review)
    query = shown(call.fair_id).outerjoin(mine, and_(mine.application_id == Application.id, mine.person_id == by.person_id))
    query = query.add_columns(mine.total.label("total"), Application.id.label("id")).where(
        Application.call_id == call.id, Application.status != Status.WITHDRAWN, mine.id.is_not(None) if done else mine.id.is_(None),
        Application.organization_id.not_in(own_organizations(by)), Application.person_id != by.person_id,
    )  # fmt: skip
    return query, [Application.id]


def numbers_for_reviewer(call: PitchCall, *, by: Actor) -> tuple[int, int]:
    """(scored, still to score) of a call by one reviewer; one query."""
    mine = aliased(Review)
    query = (
        select(func.count(mine.id), func.count())
        .select_from(Application)
        .outerjoin(mine, and_(mine.application_id == Application.id, mine.person_id == by.person_id))
        .where(
            Application.call_id == call.id, Application.status != Status.WITHDRAWN,
            Application.organization_id.not_in(own_organizations(by)), Application.person_id != by.person_id,
        )
    )  # fmt: skip
    done, everything = db.session.execute(query).one()
    return done, everything - done


def one(application_id: UUID, *, fair_id: UUID) -> Any:
    """A row as in `shown`. Raises NotFound."""
    found = db.session.execute(shown(fair_id).where(Application.id == application_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def managed(application_id: UUID, *, by: Actor) -> tuple[Application, PitchCall]:
    """An application to a call of a fair that one manages. Raises NotFound."""
    application = db.session.get(Application, application_id)
    if application is None:
        raise NotFound()
    call = calling.get(application.call_id)
    if not by.may("roadshow.manage", fair_id=call.fair_id):
        raise NotFound()
    return application, call


def reviews_of(application_id: UUID) -> list[tuple[Review, str, list[tuple[Criterion, int]]]]:
    """What each reviewer said of an application: review, the person's name, points by criterion; two queries."""
    rows = db.session.execute(
        select(Review, Person.name).join(Person, Person.id == Review.person_id).where(Review.application_id == application_id).order_by(Review.scored_at)
    )
    points: dict[UUID, list[tuple[Criterion, int]]] = {}
    scored = select(Score.review_id, Criterion, Score.points).join(Criterion, Criterion.id == Score.criterion_id)
    scored = scored.join(Review, Review.id == Score.review_id).where(Review.application_id == application_id)
    for review_id, criterion, number in db.session.execute(scored.order_by(Criterion.position)):
        points.setdefault(review_id, []).append((criterion, number))
    return [(review, name, points.get(review.id, [])) for review, name in rows]


def reviewers(call_id: UUID) -> list[tuple[Reviewer, Person, int]]:
    """Who reviews a call now, with how many applications each has scored; one query."""
    scored = (
        select(Review.person_id, func.count().label("number"))
        .join(Application, Application.id == Review.application_id)
        .where(Application.call_id == call_id, Application.status != Status.WITHDRAWN)
        .group_by(Review.person_id)
        .subquery()
    )
    query = (
        select(Reviewer, Person, func.coalesce(scored.c.number, 0))
        .join(Person, Person.id == Reviewer.person_id)
        .outerjoin(scored, scored.c.person_id == Reviewer.person_id)
        .where(Reviewer.call_id == call_id, Reviewer.ended_at.is_(None))
        .order_by(Person.name, Reviewer.id)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query)]
