"""Pages on which an organisation says who takes meetings for it, and whom it wishes to meet."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import layout, pages
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.meetings import queries as meetings
from marketplace.scheduling import queries, rules, service, shown, suggesting
from marketplace.scheduling.schemas import DelegateIn, MeetingWishIn
from marketplace.taxonomy.vocabularies import LANGUAGES

bp = Blueprint("wishes", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    return shown.words()


@bp.get("/wishes")
@reads("wishes.read")
def mine() -> Any:
    """The wishes of the organisation one acts for, at the next fair that plans meetings or at the one in ``?fair=``."""
    calls = queries.calls()
    if request.args.get("fair"):
        fair = fairs.by_slug(request.args["fair"])
        queries.get_call(fair.id)
    elif calls:
        fair = next((each for call, each in calls if queries.takes_wishes(call, each)), calls[-1][1])
    else:
        return render_template("scheduling/none.html")
    return _page(fair, Form(MeetingWishIn, wanted="like"), Form(DelegateIn, languages=[language()], presence="on_site"))


def _page(fair: Fair, form: Form, who: Form) -> tuple[str, int]:
    actor = current_actor()
    call = queries.get_call(shown_fair.shown(fair.slug).id)
    page = paged(
        queries.own_wishes(fair.id, by=actor), queries.WISH_KEYS, limit=50, cursor=request.args.get("cursor") or None,
        bound_to=pages.bound(actor.organization_id, fair.id),
    )  # fmt: skip
    takes = queries.takes_wishes(call, fair)
    may_write = actor.may("wishes.write") and takes
    delegates = queries.own_delegates(fair.id, by=actor)
    return render_template(
        "scheduling/mine.html", fair=fair, call=call, takes=takes, page=page, lines=queries.wish_lines(page.rows), form=form, who=who, may_write=may_write,
        delegates=delegates, colleagues=_colleagues(actor) if may_write else [], languages=LANGUAGES.choices(language()), most_musts=rules.MOST_MUSTS,
        suggestions=suggesting.suggestions(fair.id, by=actor) if may_write and delegates else [], LANGUAGE=dict(LANGUAGES.choices(language())),
        fairs=[each for _call, each in queries.calls()], names={person.id: person.name for _one, person in delegates},
    ), max(form.status, who.status)  # fmt: skip


def _colleagues(actor: Actor) -> list[tuple[str, str]]:
    return [(str(person.id), person.name) for person in meetings.colleagues(actor)]


@bp.post("/fairs/<slug>/wishes")
@writes("wishes.write")
def say(slug: str) -> Any:
    """Must, would like or no; said again, it replaces what was said."""
    fair, form = fairs.by_slug(slug), Form(MeetingWishIn)
    return _done(fair, form, lambda: service.wish(fair.id, **form.data, by=current_actor()), _("Written down. Nobody but your organisation reads it."), wish=form)


@bp.post("/fairs/<slug>/delegates")
@writes("wishes.write")
def name_delegate(slug: str) -> Any:
    """Who takes meetings for one's organisation."""
    fair, form = fairs.by_slug(slug), Form(DelegateIn)
    return _done(fair, form, lambda: service.name_delegate(fair.id, **form.data, by=current_actor()), _("Written down."), who=form)


def _done(fair: Fair, form: Form, act: Callable[[], Any], said: str, *, wish: Form | None = None, who: Form | None = None) -> Any:
    if form.submitted():
        try:
            act()
        except NotFound:
            raise
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for(".mine", fair=fair.slug), 303)
    return _page(fair, wish or Form(MeetingWishIn, wanted="like"), who or Form(DelegateIn, languages=[language()], presence="on_site"))


@bp.post("/wishes/<uuid:wish_id>/take-back")
@writes("wishes.write")
def take_back(wish_id: UUID) -> Response:
    fair = service.take_back(wish_id, by=current_actor())
    layout.say(_("Taken back."))
    return redirect(url_for(".mine", fair=fair.slug), 303)


@bp.post("/delegates/<uuid:delegate_id>/drop")
@writes("wishes.write")
def drop_delegate(delegate_id: UUID) -> Response:
    fair = service.drop_delegate(delegate_id, by=current_actor())
    layout.say(_("They take no planned meetings any more."))
    return redirect(url_for(".mine", fair=fair.slug), 303)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
