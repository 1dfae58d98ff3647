"""The whole thread on paper: everything that its page folds away, in the order in which it happened, without buttons."""

from uuid import UUID

from flask import Blueprint, Flask, render_template

from marketplace.core.access import current_actor, reads
from marketplace.core.i18n import language
from marketplace.fairs import shown as fair_shown
from marketplace.meetings.schemas import meeting_labels
from marketplace.negotiations import meeting, queries, shown, timeline
from marketplace.negotiations.documents import queries as documents
from marketplace.negotiations.points import queries as points
from marketplace.negotiations.points import views as point_pages
from marketplace.taxonomy.vocabularies import DEAL_KINDS

blp = Blueprint("negotiation_paper", __name__)


@blp.get("/negotiations/<uuid:negotiation_id>/print")
@reads("negotiations.read")
def printed(negotiation_id: UUID) -> str:
    """One thread from beginning to end, to be printed or kept as a PDF by the browser."""
    actor = current_actor()
    thread = queries.thread(negotiation_id, by=actor)
    fair_shown.shown(thread.fair.slug)
    ours, _unlinked = meeting.meetings_of(thread, by=actor)
    return render_template(
        "negotiations/print.html", thread=thread, shown=shown, columns=shown.columns(thread), ending=shown.ending(thread), meetings=ours,
        meeting_status=meeting_labels(), points=points.of_thread(thread), documents=documents.of_thread(thread), kinds=DEAL_KINDS,
        language_now=language(), events=timeline.events(thread, actor), by=actor, **point_pages.words(),
    )  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(blp)
