"""What an owner wants answered by whoever asks about a listing: up to three questions of its own, and the answers to them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import FieldError, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.listings.models import Kind, Listing
from marketplace.negotiations import queries, steps
from marketplace.negotiations.models import InterestAnswer, ListingQuestion, Negotiation, QuestionSet

MOST = 3
Texts = tuple[str | None, str | None]
"""A question in English and in Chinese; at least one of them."""


def of(listing_id: UUID) -> list[ListingQuestion]:
    """An owner's questions about a listing, in their order."""
    return list(db.session.scalars(select(ListingQuestion).where(ListingQuestion.listing_id == listing_id).order_by(ListingQuestion.position)))


def version(listing_id: UUID) -> int:
    """How often the questions about a listing were changed: who answers or changes them says which ones they saw."""
    found = db.session.get(QuestionSet, listing_id)
    return found.version if found else 0


def readable(listing_id: UUID, *, by: Actor) -> Listing:
    """A listing whose questions this person may read: their own organisation's, or one that an open fair shows. Raises NotFound."""
    listing = db.session.get(Listing, listing_id)
    if listing is None or not (listing.organization_id == by.organization_id or queries.public_entries(listing_id, kind=Kind(listing.kind))):
        raise NotFound()
    return listing


def own(listing_id: UUID, *, by: Actor, lock: bool = False) -> Listing:
    """One of one's own listings. Raises NotFound, Forbidden."""
    mine = steps.acting(by)
    query = select(Listing).where(Listing.id == listing_id, Listing.organization_id == mine)
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound()
    return found


def put(listing_id: UUID, texts: Sequence[Texts], *, seen: int | None = None, by: Actor) -> list[ListingQuestion]:
    """Ask these questions from now on, instead of those before; answers that were given keep the old ones.

    ``seen`` is the `version` of the questions that the person changed. Raises NotFound, Forbidden, Stale, Invalid (more than three).
    """
    own(listing_id, by=by, lock=True)
    if seen is not None and seen != version(listing_id):
        raise Stale()
    asked = [(en, zh) for en, zh in texts if en or zh]
    if len(asked) > MOST:
        raise Invalid.field("questions", "too_many", gettext("At most three questions."))
    db.session.execute(delete(ListingQuestion).where(ListingQuestion.listing_id == listing_id))
    db.session.add_all(ListingQuestion(listing_id=listing_id, position=n, text_en=en, text_zh=zh) for n, (en, zh) in enumerate(asked, 1))
    edition = db.session.get(QuestionSet, listing_id)
    if edition is None:
        db.session.add(QuestionSet(listing_id=listing_id, version=1))
    else:
        edition.version += 1
    audit.record("negotiations.questions", f"listing:{listing_id}", by=by, count=len(asked))
    db.session.flush()
    return of(listing_id)


def check(listing_id: UUID, answers: Mapping[str, Any], *, seen: int | None) -> list[tuple[ListingQuestion, str]]:
    """Each question with its answer; ``answers`` are ``answer_1`` to ``answer_3``. Raises Stale, Invalid naming what is not answered."""
    questions = of(listing_id)
    if seen is not None and seen != version(listing_id):
        raise Stale(gettext("The owner changed its questions in the meantime: here are the new ones."))
    missing = tuple(
        FieldError(f"/answer_{each.position}", "required", gettext("The owner wants an answer to this."))
        for each in questions if not answers.get(f"answer_{each.position}")
    )  # fmt: skip
    if missing:
        raise Invalid(errors=missing)
    return [(each, answers[f"answer_{each.position}"]) for each in questions]


def keep(negotiation: Negotiation, answered: Sequence[tuple[ListingQuestion, str]]) -> None:
    """Write the answers down beside the questions as they read now."""
    db.session.add_all(
        InterestAnswer(negotiation_id=negotiation.id, position=each.position, question_en=each.text_en, question_zh=each.text_zh, answer=answer)
        for each, answer in answered
    )
