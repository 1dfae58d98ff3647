"""Pages of the moderator: what waits, oldest first, and the decision on one entry with what changed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.listings import differing, rules
from marketplace.listings.models import Kind
from marketplace.listings.queries import as_json
from marketplace.listings.views import words as listing_words
from marketplace.reviews import deciding, queries
from marketplace.reviews.schemas import PublishIn, SendBackIn

bp = Blueprint("reviews", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    return listing_words()


@bp.get("/staff/moderation")
@reads("listings.moderate")
def queue() -> str:
    actor = current_actor()
    cursor = request.args.get("cursor") or None
    page = paged(
        queries.queue(by=actor), queries.QUEUE_KEYS, cursor=cursor, descending=False, bound_to=pages.bound(actor.person_id), scalars=False
    )
    count, oldest = queries.queue_state(by=actor)
    return render_template("reviews/queue.html", page=page, count=count, oldest=oldest)


@bp.get("/staff/moderation/<uuid:entry_id>")
@reads("listings.moderate")
def case(entry_id: UUID) -> Any:
    return _case_page(entry_id, Form(SendBackIn))


@bp.post("/staff/moderation/<uuid:entry_id>/publish")
@writes("listings.moderate")
def publish(entry_id: UUID) -> Any:
    data = PublishIn().load({"number": request.form.get("number") or None})
    entry = deciding.publish(entry_id, by=current_actor(), number=data["number"])
    say(gettext("Published, version %(number)s.", number=entry.published_number))
    return redirect(url_for("reviews.queue"), 303)


@bp.post("/staff/moderation/<uuid:entry_id>/send-back")
@writes("listings.moderate")
def send_back(entry_id: UUID) -> Any:
    form = Form(SendBackIn)
    if form.submitted():
        try:
            deciding.send_back(entry_id, by=current_actor(), **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Sent back with your reason."))
            return redirect(url_for("reviews.queue"), 303)
    return _case_page(entry_id, form)


def _case_page(entry_id: UUID, form: Form) -> Any:
    """The text that waits, beside what is public now when it is an update."""
    actor = current_actor()
    entry, submitted, published = queries.case_of(entry_id, by=actor)
    content = submitted or published
    changes = [differing.change(name, published, submitted) for name in rules.differences(published, submitted)] if published and submitted else []
    owners = {membership.slug for membership in actor.memberships}
    asked = rules.submission_faults(Kind(entry.kind), content) if content else ()
    return render_template(
        "reviews/case.html", entry=entry, content=content and as_json(content), changes=changes, is_update=bool(published and submitted),
        form=form, own=entry.owner_slug in owners, asked=asked,
    ), form.status  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(bp)
