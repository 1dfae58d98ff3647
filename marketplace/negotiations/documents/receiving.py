"""An uploaded document, looked at before the transaction begins: papers are judged while nobody waits for the database."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import g, request

from marketplace.core.access import admit, check_form_token
from marketplace.core.db import end_reading
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.listings.attachments.receiving import uploaded
from marketplace.negotiations import queries
from marketplace.negotiations.documents import service
from marketplace.negotiations.points.queries import is_talking


def received_first(view: Callable[..., Any]) -> Callable[..., Any]:
    """For a view with ``negotiation_id`` that posts ``file``: leaves it as ``g.received``. The right is asked first.

    A page finds a refusal as ``g.not_received`` and shows it on its form; in JSON it is the answer.
    """

    @wraps(view)
    def looked_at(*args: Any, **kwargs: Any) -> Any:
        if request.method == "POST":
            from_page = not request.path.startswith("/api/")
            actor = admit("negotiations.write")
            if from_page:
                check_form_token(actor)
            assert actor is not None  # the permission is nobody's who is not signed in
            talks = is_talking(queries.get(kwargs["negotiation_id"], by=actor))
            if "number" in kwargs:
                service.numbered(kwargs["negotiation_id"], kwargs["number"])
            end_reading()
            g.received, g.not_received = None, None
            try:
                if not talks:
                    raise IllegalMove(gettext("This is open from the accepted interest until the talks end."))
                g.received = uploaded()
            except DomainError as refusal:
                if not from_page:
                    raise
                g.not_received = refusal
        return view(*args, **kwargs)

    return looked_at
