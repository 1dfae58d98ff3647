"""What a stranger gets may be kept by a cache in front of us; what anybody signed in gets never is."""

import hashlib

from flask import Response, request, session

from marketplace.core import answers
from marketplace.core.access import current_actor_or_none


def shared(response: Response, *, seconds: int = 5, etag: str | None = None, apart_from: str | None = None, keep: bool = False) -> Response:
    """Let caches keep a stranger's answer for ``seconds``, and answer 304 to those who have it; leave everybody else's alone.

    The ETag is the body's hash unless given, ``apart_from`` a text in it that differs each time (a signed cursor). A page that
    shows a message (it changed the session) is not shared. ``keep``: this process keeps it too (`core.answers`); for what hangs on the
    catalogue alone.
    """
    if response.status_code != 200 or current_actor_or_none() is not None or session.modified:
        return response
    response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate=60"
    if etag is None:
        body = response.get_data()
        etag = hashlib.blake2b(body.replace(apart_from.encode(), b"") if apart_from else body, digest_size=16).hexdigest()
    response.set_etag(etag)
    if keep:
        request.environ[answers.MARK] = (seconds, request.endpoint or "")
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response
