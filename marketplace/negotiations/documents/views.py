"""Pages of a thread's documents: putting one up, adding a version, taking one back, and the bytes."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import part, say
from marketplace.fairs import shown as fair_shown
from marketplace.negotiations import queries as threads
from marketplace.negotiations.documents import queries, service, serving
from marketplace.negotiations.documents.receiving import received_first
from marketplace.negotiations.documents.schemas import DocumentIn, VersionIn
from marketplace.negotiations.points.queries import is_talking, side_of
from marketplace.negotiations.points.views import who

blp = Blueprint("negotiation_documents", __name__)


def panel(thread: threads.Thread, actor: Actor) -> Markup | None:
    """On the thread's page: its documents with their versions, who opened them, and the way to put one up."""
    found = queries.of_thread(thread)
    may_write = actor.may("negotiations.write") and is_talking(thread.negotiation)
    if not found and not may_write:
        return None
    mine = side_of(thread.negotiation, thread.mine)
    return part("negotiations/_documents.html", thread=thread, documents=found, may_write=may_write, mine=mine, who=who)


@blp.route("/negotiations/<uuid:negotiation_id>/documents/new", methods=["GET", "POST"])
@received_first
@writes("negotiations.write")
def new(negotiation_id: UUID) -> Any:
    """Lay a document before the other side."""
    return _upload(negotiation_id, None, Form(DocumentIn))


@blp.route("/negotiations/<uuid:negotiation_id>/documents/<int:number>/versions/new", methods=["GET", "POST"])
@received_first
@writes("negotiations.write")
def add_version(negotiation_id: UUID, number: int) -> Any:
    """Lay a newer version of a document on the table."""
    return _upload(negotiation_id, number, Form(VersionIn))


def _upload(negotiation_id: UUID, number: int | None, form: Form) -> Any:
    actor = current_actor()
    thread = threads.thread(negotiation_id, by=actor)
    document = next((shown.document for shown in queries.of_thread(thread) if shown.document.number == number), None)
    if number is not None and document is None:
        raise NotFound()
    title = document.title if document else None
    valid = form.submitted()
    if request.method == "POST" and g.not_received is not None:
        form.refused(g.not_received)
    elif valid:
        try:
            if number is None:
                service.put_up(negotiation_id, g.received, **form.data, by=actor)
            else:
                service.add_version(negotiation_id, number, g.received, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The document is on the table. The other side is told."))
            return redirect(url_for("negotiations.show", negotiation_id=negotiation_id, _anchor="h-documents"), 303)
    fair_shown.shown(thread.fair.slug)
    return render_template("negotiations/put_up.html", thread=thread, form=form, title=title), form.status


@blp.post("/negotiations/<uuid:negotiation_id>/documents/<int:number>/take-back")
@writes("negotiations.write")
def take_back(negotiation_id: UUID, number: int) -> Any:
    """Close a document to the other side."""
    service.take_back(negotiation_id, number, by=current_actor())
    say(_("Taken back: the other side cannot open it any more."))
    return redirect(url_for("negotiations.show", negotiation_id=negotiation_id, _anchor="h-documents"), 303)


@blp.get("/negotiations/<uuid:negotiation_id>/documents/<int:number>/versions/<int:version>")
@reads("negotiations.read")
def content(negotiation_id: UUID, number: int, version: int) -> Response:
    """The bytes of a version."""
    return serving.sent(negotiation_id, number, version, by=current_actor())


def register(app: Flask) -> None:
    app.register_blueprint(blp)
