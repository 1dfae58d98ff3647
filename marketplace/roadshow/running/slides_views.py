"""Slides by pages: put up, shown to everybody or not, taken away, marked as loaded, and opened through the check."""

from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Flask, Response, g, make_response, redirect, request, send_file, url_for

from marketplace.core.access import PUBLIC, admit, check_form_token, current_actor, current_actor_or_none, reads, writes
from marketplace.core.db import end_reading
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.roadshow.running import schemas, slides
from marketplace.roadshow.running.views import pitch_page

blp = Blueprint("slides", __name__)
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def received_first(view: Callable[..., Any]) -> Callable[..., Any]:
    """The posted ``file`` is judged before the transaction begins: ``g.received``, or why not as ``g.not_received``. The right is asked first."""

    @wraps(view)
    def looked_at(pitch_id: UUID) -> Any:
        actor = admit("roadshow.pitch")
        check_form_token(actor)
        assert actor is not None  # the permission is nobody's who is not signed in
        slides.check_upload(pitch_id, by=actor)
        end_reading()
        g.received, g.not_received = None, None
        try:
            g.received = _received()
        except DomainError as refusal:
            g.not_received = refusal
        return view(pitch_id)

    return looked_at


def _received() -> slides.Received:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid.field("file", "required", gettext("Choose a file."))
    found = slides.receive(cast(BinaryIO, file.stream), name=file.filename)
    file.stream.seek(0)
    return found


@blp.post("/roadshow/pitches/<uuid:pitch_id>/slides")
@received_first
@writes("roadshow.pitch")
def put(pitch_id: UUID) -> Any:
    """Put slides up, in place of others."""
    form = Form(schemas.SlidesForm)
    valid = form.submitted()
    if g.not_received is not None:
        form.refused(g.not_received)
    elif valid:
        slides.put(pitch_id, g.received, public=form.data["public"], by=current_actor())
        say(gettext("Your slides are there. The staff load them in the room; you see here when that is done."))
        return redirect(url_for("running.pitch", pitch_id=pitch_id), 303)
    return pitch_page(pitch_id, form)


@blp.get("/roadshow/pitches/<uuid:pitch_id>/slides")
@reads(PUBLIC)
def opened(pitch_id: UUID) -> Response:
    """The PDF: for the presenter's organisation, the fair's managers, and everybody where the presenter says so."""
    found, name, path = slides.opened(pitch_id, by=current_actor_or_none())
    response = make_response(send_file(path, mimetype="application/pdf", download_name=name, as_attachment=True, conditional=False, etag=False))
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "public, max-age=60" if found.public and current_actor_or_none() is None else "no-store"
    del response.headers["Last-Modified"]
    return response


@blp.post("/roadshow/pitches/<uuid:pitch_id>/slides/public")
@writes("roadshow.pitch")
def publish(pitch_id: UUID) -> Any:
    """Everybody may read them, or the staff only."""
    form = Form(schemas.SlidesPublicIn)
    if form.submitted():
        found = slides.publish(pitch_id, form.data["public"], by=current_actor())
        say(gettext("Everybody may read your slides now.") if found.public else gettext("Your slides are for the staff only now."))
        return redirect(url_for("running.pitch", pitch_id=pitch_id), 303)
    return pitch_page(pitch_id, form)


@blp.post("/roadshow/pitches/<uuid:pitch_id>/slides/remove")
@writes("roadshow.pitch")
def remove(pitch_id: UUID) -> Any:
    """Take them away."""
    slides.remove(pitch_id, by=current_actor())
    say(gettext("The slides are taken away."))
    return redirect(url_for("running.pitch", pitch_id=pitch_id), 303)


@blp.post("/staff/roadshow/pitches/<uuid:pitch_id>/slides/loaded")
@writes("roadshow.manage")
def loaded(pitch_id: UUID) -> Any:
    """They lie ready in the room."""
    form = Form(schemas.LoadedForm)
    if form.submitted():
        slides.mark_loaded(pitch_id, version=form.data["version"], by=current_actor())
        say(gettext("Marked as loaded; the presenter sees it."))
        return redirect(url_for("running.pitch", pitch_id=pitch_id), 303)
    return pitch_page(pitch_id, form)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
