"""Pages of open points: raising one, and one point with what both sides said, to answer, settle or reopen."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import part, say
from marketplace.fairs import shown as fair_shown
from marketplace.negotiations import queries as threads
from marketplace.negotiations import shown as thread_shown
from marketplace.negotiations.points import queries, service
from marketplace.negotiations.points.models import PointAct, PointStatus, Side
from marketplace.negotiations.points.schemas import RaisePointIn, SayIn

blp = Blueprint("negotiation_points", __name__)
Page = tuple[str, int] | str | Response
STATUS_LABELS = {PointStatus.OPEN: _l("open"), PointStatus.ANSWERED: _l("answered"), PointStatus.SETTLED: _l("settled")}
STATUS_CHIPS = {PointStatus.OPEN: "submitted", PointStatus.ANSWERED: "draft", PointStatus.SETTLED: "published"}
ACT_LABELS = {PointAct.SAID: _l("said"), PointAct.SETTLED: _l("settled it"), PointAct.REOPENED: _l("opened it again")}


def who(thread: threads.Thread, side: Side) -> str:
    """ "you", or the other organisation's name."""
    return thread_shown.name_of(thread, queries.organization_of(thread.negotiation, side))


def words() -> dict[str, Any]:
    """What templates that show points need."""
    return {"who": who, "status_labels": STATUS_LABELS, "status_chips": STATUS_CHIPS, "act_labels": ACT_LABELS}


def panel(thread: threads.Thread, actor: Actor) -> Markup | None:
    """On the thread's page: its points, those that are open first, and the way to raise one."""
    found = queries.of_thread(thread)
    may_raise = actor.may("negotiations.write") and queries.is_talking(thread.negotiation)
    if not found and not may_raise:
        return None
    found.sort(key=lambda shown: (shown.point.status is PointStatus.SETTLED, shown.point.number))
    return part("negotiations/_points.html", thread=thread, points=found, may_raise=may_raise, today=thread.at.date(), **words())


@blp.get("/negotiations/points")
@reads("negotiations.read")
def mine() -> Page:
    """Points of all one's running talks that wait for one's own side, the earliest due first."""
    found = queries.waiting(by=current_actor())
    return render_template("negotiations/points.html", found=found, most=queries.MOST_WAITING, today=now().date())


@blp.route("/negotiations/<uuid:negotiation_id>/points/new", methods=["GET", "POST"])
@writes("negotiations.write")
def new(negotiation_id: UUID) -> Page:
    """Write down what is still open."""
    thread, form = _thread(negotiation_id), Form(RaisePointIn)
    if form.submitted():
        try:
            point = service.raise_point(negotiation_id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Point %(number)s is on the list.", number=point.number))
            return redirect(url_for("negotiations.show", negotiation_id=negotiation_id, _anchor="h-points"), 303)
    return render_template("negotiations/raise_point.html", thread=thread, form=form), form.status


@blp.get("/negotiations/<uuid:negotiation_id>/points/<int:number>")
@reads("negotiations.read")
def one(negotiation_id: UUID, number: int) -> Page:
    """A point, and what both sides said about it."""
    return _page(negotiation_id, number, Form(SayIn))


@blp.post("/negotiations/<uuid:negotiation_id>/points/<int:number>/answers")
@writes("negotiations.write")
def answer(negotiation_id: UUID, number: int) -> Page:
    return _said(negotiation_id, number, service.say, _("Said. The other side is told."))


@blp.post("/negotiations/<uuid:negotiation_id>/points/<int:number>/settle")
@writes("negotiations.write")
def settle(negotiation_id: UUID, number: int) -> Page:
    return _said(negotiation_id, number, service.settle, _("Settled."))


@blp.post("/negotiations/<uuid:negotiation_id>/points/<int:number>/reopen")
@writes("negotiations.write")
def reopen(negotiation_id: UUID, number: int) -> Page:
    return _said(negotiation_id, number, service.reopen, _("The point is open again."))


def _said(negotiation_id: UUID, number: int, do: Any, told: str) -> Page:
    form = Form(SayIn)
    if form.submitted():
        data = dict(form.data)
        if do is service.settle:
            data.pop("due_on")  # one form serves all three steps; what is settled has no due day
        try:
            do(negotiation_id, number, **data, by=current_actor())
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            say(told)
            return redirect(url_for(".one", negotiation_id=negotiation_id, number=number), 303)
    return _page(negotiation_id, number, form)


def _thread(negotiation_id: UUID) -> threads.Thread:
    thread = threads.thread(negotiation_id, by=current_actor())
    fair_shown.shown(thread.fair.slug)
    return thread


def _page(negotiation_id: UUID, number: int, form: Form) -> Page:
    thread = _thread(negotiation_id)
    found = next((shown for shown in queries.of_thread(thread) if shown.point.number == number), None)
    if found is None:
        raise NotFound()
    may_speak = current_actor().may("negotiations.write") and queries.is_talking(thread.negotiation)
    mine = queries.side_of(thread.negotiation, thread.mine)
    page = render_template(
        "negotiations/point.html", thread=thread, shown=found, point=found.point, form=form, may_speak=may_speak,
        may_settle=may_speak and found.point.raised_by is mine, **words(),
    )  # fmt: skip
    return page, form.status


def register(app: Flask) -> None:
    app.register_blueprint(blp)
