"""An uploaded file, looked at before the transaction begins: pictures are drawn and papers judged while nobody waits for the database."""

from collections.abc import Callable
from functools import wraps
from typing import Any, BinaryIO, cast

from flask import g, request

from marketplace.core.access import admit, check_form_token
from marketplace.core.db import end_reading
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.i18n import gettext
from marketplace.listings.attachments import files
from marketplace.listings.drafting import own


def received_first(view: Callable[..., Any]) -> Callable[..., Any]:
    """For a view with ``listing_id`` that posts ``file``: leaves it as ``g.received``. The right is asked first.

    A page finds a refusal as ``g.not_received`` and shows it on its form; in JSON it is the answer.
    """

    @wraps(view)
    def looked_at(*args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            from_page = not request.path.startswith("/api/")
            actor = admit("listings.write")
            if from_page:
                check_form_token(actor)
            assert actor is not None  # the permission is nobody's who is not signed in
            own(kwargs["listing_id"], by=actor)
            end_reading()
            g.received, g.not_received = None, None
            try:
                g.received = uploaded()
            except DomainError as refusal:
                if not from_page:
                    raise
                g.not_received = refusal
        return view(*args, **kwargs)

    return looked_at


def uploaded() -> files.Received:
    """The file that this request brings, judged and stored. Raises Invalid beside the field."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid.field("file", "required", gettext("Choose a file."))
    found = files.receive(cast(BinaryIO, file.stream), name=file.filename)
    file.stream.seek(0)
    return found
