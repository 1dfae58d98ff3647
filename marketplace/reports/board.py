"""The board for the big screen: a page for the hall, and the same as JSON that viewers ask for every few seconds.

It shows the public view to everybody, staff too. One address has one content, whoever asks: the language is part of it.
"""

from datetime import datetime
from typing import Any

import orjson
from flask import Response, make_response, render_template, request

from marketplace.core.access import PUBLIC, current_actor_or_none, reads
from marketplace.core.caching import shared
from marketplace.core.db import snapshot
from marketplace.core.errors import NotFound
from marketplace.core.i18n import LANGUAGES, language
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.ledger import queries
from marketplace.ledger.models import View
from marketplace.reports import screen
from marketplace.reports.views import bp

CACHE_CONTROL = "public, s-maxage=2, stale-while-revalidate=30"


class ForAll(Response):
    """An answer that no cookie changes, although the session was looked at: one copy in a cache serves everybody."""

    def get_wsgi_headers(self, environ: Any) -> Any:
        headers = super().get_wsgi_headers(environ)
        if vary := [name for name in headers.get("Vary", "").split(", ") if name and name != "Cookie"]:
            headers["Vary"] = ", ".join(vary)
        else:
            headers.pop("Vary", None)
        return headers


def read(fair: Fair, code: str, at: datetime | None) -> dict[str, Any]:
    """The board of a fair now; inside a snapshot. Raises NotFound without a headline scope."""
    total = queries.total(fair, queries.scope(fair.id, None), view=View.PUBLIC)
    return screen.board(fair, total, at=at, language=code)


def answer(slug: str, code: str) -> Response:
    """304 after two small queries to who has the newest already, else the board. Raises NotFound."""
    snapshot()
    found = screen.standing(slug, code)
    if found is None:
        raise NotFound()
    if request.if_none_match.contains_weak(found.tag):
        response = ForAll(status=304)
    else:
        response = ForAll(orjson.dumps(read(fairs.by_slug(slug), code, found.public_at)), mimetype="application/json")
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.set_etag(found.tag)
    return response


@bp.get("/fairs/<slug>/board.json")
@reads(PUBLIC)
def board_json(slug: str) -> Any:
    """What the board's page asks for; ``?language=zh`` for Chinese, English otherwise, whatever the browser prefers."""
    code = request.args.get("language", "en")
    return answer(slug, code if code in LANGUAGES else "en")


def page(slug: str | None) -> Response:
    """The board as a page: both languages, the reader's first."""
    current_actor_or_none()  # before the snapshot, which noting down a sign-in's last use would end
    snapshot()
    fair = shown.shown(slug)
    code = language()
    found = screen.standing(fair.slug, code)
    if found is None:
        raise NotFound()
    return shared(make_response(render_template("reports/board.html", fair=fair, board=read(fair, code, found.public_at), tag=found.tag, texts=screen.texts())))


@bp.get("/fairs/<slug>/board")
@reads(PUBLIC)
def board(slug: str) -> Any:
    return page(slug)


@bp.get("/board")
@reads(PUBLIC)
def current_board() -> Any:
    """The board of the current fair."""
    return page(None)
