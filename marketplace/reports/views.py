"""The public pages of a fair's total."""

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request
from markupsafe import Markup

from marketplace.core import layout
from marketplace.core.access import PUBLIC, current_actor_or_none, reads
from marketplace.core.caching import shared
from marketplace.core.db import snapshot
from marketplace.core.errors import Invalid, Malformed, NotFound
from marketplace.core.i18n import gettext as _
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.figures import queries as figures
from marketplace.ledger import queries
from marketplace.ledger.models import View
from marketplace.ledger.queries import Total
from marketplace.reports import figure, record

bp = Blueprint("reports", __name__)
FIRST_YEAR, LAST_YEAR = 1900, 2200  # as every moment of the API: beyond them lies what no database reckons with


def read_total(fair: Fair) -> Total:
    """The total that the address asks for: scope, staff or public view, as of a moment or number. Raises Malformed, NotFound."""
    actor = current_actor_or_none()
    insider = actor is not None and actor.may("ledger.read", fair_id=fair.id)
    view = View.STAFF if insider and request.args.get("view") != View.PUBLIC else View.PUBLIC
    scope = queries.scope(fair.id, request.args.get("scope") or None)
    seq, moment = request.args.get("as_of_seq"), request.args.get("as_of")
    if seq and moment:
        raise Malformed()
    if seq:
        if not (seq.isascii() and seq.isdigit()) or len(seq) > 9:
            raise Malformed()
        return queries.total_as_of(fair, scope, view=view, seq=int(seq))
    if moment:
        return queries.total_as_of(fair, scope, view=view, moment=_moment(moment))
    return queries.total(fair, scope, view=view)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Malformed() from error
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Malformed()
    if found.tzinfo is None:
        raise Invalid.field("as_of", "moment_offset", _("The offset from UTC is missing, such as +08:00."))
    return found


def page(template: str, slug: str | None) -> Response:
    """A total in a template: one snapshot, an ETag of what it shows, cacheable where everybody sees the same."""
    current_actor_or_none()  # before the snapshot, which noting down a sign-in's last use would end
    snapshot()
    fair = shown.shown(slug)
    total = read_total(fair)
    _seq, booked_at = queries.head(fair.id, total.view)
    response = make_response(render_template(
        template, fair=fair, total=total, big=figure.big_number(total), beside=figure.beside(total),
        breakdowns=figure.breakdowns(total), rule=figure.rule_in_words(total.scope, total.view), scopes=queries.scopes(fair.id),
        booked_at=booked_at, views=View, earlier=bool(request.args.get("as_of") or request.args.get("as_of_seq")),
        has_record=record.exists(fair), newest=figures.newest(fair.id, total.scope.code),
    ))  # fmt: skip
    return shared(response)


@bp.get("/fairs/<slug>")
@reads(PUBLIC)
def fair(slug: str) -> Any:
    return page("reports/fair.html", slug)


@bp.get("/total")
@reads(PUBLIC)
def current() -> Any:
    """The total of the current fair."""
    return page("reports/fair.html", None)


@bp.get("/fairs/<slug>/record")
@reads(PUBLIC)
def panoramic_record(slug: str) -> Any:
    """What was published about the fair, and what our ledger says where it counts the same."""
    current_actor_or_none()  # as above
    snapshot()
    fair = shown.shown(slug)
    sections = record.by_section(record.lines(fair))
    page = render_template("reports/record.html", fair=fair, sections=sections, titles=figure.section_titles(), in_words=record.in_words)
    return shared(make_response(page))


@bp.get("/rules")
@reads(PUBLIC)
def rules() -> Any:
    """How every fair counts, in words."""
    return render_template("reports/rules.html", fairs=fairs.everyone())


def front_total() -> Markup | str:
    """The headline of the current fair, for the front page; nothing when there is no fair yet."""
    current_fair = shown.current()
    if current_fair is None:
        return ""
    try:
        total = queries.total(current_fair, queries.scope(current_fair.id, None), view=View.PUBLIC)
    except NotFound:
        return ""
    return layout.part("reports/_headline.html", fair=current_fair, total=total, big=figure.big_number(total))


def register(app: Flask) -> None:
    from marketplace.reports import exports  # noqa: F401  (hangs its files on the blueprint, once)

    app.register_blueprint(bp)
