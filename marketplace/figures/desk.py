"""Closing a day as pages for the staff of a fair: what is still open, the report, two signatures, the days that are locked."""

from datetime import date
from typing import Any

import orjson
from flask import Blueprint, Flask, redirect, render_template, url_for

from marketplace.core import layout
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.figures import closing, days, queries
from marketplace.figures.rules import canonical, sha256
from marketplace.figures.schemas import CarryIn, NothingIn, SignOffIn
from marketplace.figures.views import working_fair

bp = Blueprint("days", __name__, url_prefix="/staff")


def words() -> dict[str, dict[str, str]]:
    """What the codes of a report are called."""
    return {
        "kind": {
            "declared": _("Declared, the evidence is missing"), "signed": _("Signed or with evidence, not verified"),
            "mismatch": _("A party says otherwise"), "report": _("Reported by a party, not settled"),
            "handover": _("Handed over by a negotiation, not logged"),
        },
        "move": {
            "declare": _("Declared"), "sign": _("Signed"), "verify": _("Verified"), "void": _("Voided"), "reverse": _("Reversed"),
            "amend": _("Amended"), "mark": _("Marked"), "unmark": _("Mark taken back"), "hold": _("Held until the ceremony"),
            "release": _("Released"),
        },
    }  # fmt: skip


def where_to_settle(kind: str, fair: Fair) -> str:
    """The list in which an open item of this kind is settled; the contracts, for who may only look."""
    actor = current_actor()
    if kind == "mismatch" and actor.may("confirmations.settle", fair_id=fair.id):
        return url_for("confirmations.mismatches", fair=fair.slug)
    if kind == "report" and actor.may("contracts.log", fair_id=fair.id):
        return url_for("contracts.reports_at_desk", fair=fair.slug)
    status = {"declared": "declared", "signed": "signed"}.get(kind)
    return url_for("contracts.index", fair=fair.slug, status=status)


def fair_of(slug: str) -> Fair:
    """The fair, for who closes its days. Raises NotFound."""
    fair = shown_fair.shown(slug)
    if not current_actor().may("figures.close", fair_id=fair.id):
        raise NotFound()
    return fair


def day_of(text: str) -> date:
    """Raises NotFound."""
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise NotFound() from error
    if found.isoformat() != text:
        raise NotFound()
    return found


@bp.get("/days")
@reads("figures.close")
def current() -> Any:
    """The days of the fair one works for."""
    return redirect(url_for(".index", slug=working_fair("figures.close").slug), 303)


@bp.get("/days/<slug>")
@reads("figures.close")
def index(slug: str) -> Any:
    fair = fair_of(slug)
    closed = queries.closes(fair.id)
    following = days.next_day(fair)
    return render_template(
        "figures/days.html", fair=fair, closed=closed, reports={close.id: orjson.loads(close.report) for close in closed},
        figures=queries.figures(close.figure_id for close in closed),
        people=queries.names({person for close in closed for person in (close.first_by, close.second_by)}),
        next_day=following, begun=days.may_be_closed(fair, following), proposal=queries.proposal(fair.id),
        items=len(days.open_items(fair, following)),
    )  # fmt: skip


@bp.get("/days/<slug>/<day>")
@reads("figures.close")
def show(slug: str, day: str) -> Any:
    return day_page(fair_of(slug), day_of(day))


def day_page(fair: Fair, day: date, form: Form | None = None) -> Any:
    """The report of a locked day; else what is to be settled, and the report that waits for its signatures. Raises NotFound."""
    form = form or Form(SignOffIn)
    close = queries.close(fair.id, day)
    if close is not None:
        page = render_template(
            "figures/closed.html", fair=fair, close=close, report=orjson.loads(close.report), words=words(), form=form,
            figure=queries.get(close.figure_id), people=queries.names([close.first_by, close.second_by]),
            corrected=days.adjusted_since(fair, close),
        )  # fmt: skip
        return page, form.status
    if day != days.next_day(fair) or not days.may_be_closed(fair, day):
        raise NotFound()
    proposal = queries.proposal(fair.id)
    report = orjson.loads(proposal.report) if proposal else closing.preview(fair, day)
    page = render_template(
        "figures/day.html", fair=fair, day=day, report=report, digest=proposal.sha256 if proposal else sha256(canonical(report)),
        proposal=proposal, people=queries.names([proposal.signed_by] if proposal else []), items=days.open_items(fair, day), words=words(),
        carried=queries.carried(fair.id, day), last=queries.last_close(fair.id), form=form, where_to_settle=where_to_settle,
        kinds=days.KINDS, today=days.is_today(fair, day),
        unsettled=sum(item["reason"] is None for item in report["carried_over"]),
    )  # fmt: skip
    return page, form.status


def act(fair: Fair, day: date, form: Form, do: Any, said: str) -> Any:
    """One step of closing: done, or the day's page again with the refusal on top."""
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for(".show", slug=fair.slug, day=day.isoformat()), 303)
    if queries.close(fair.id, day) is None and day != days.next_day(fair):
        return render_template("figures/refused.html", fair=fair, form=form), form.status
    return day_page(fair, day, form)


@bp.post("/days/<slug>/<day>/carry")
@writes("figures.close")
def carry(slug: str, day: str) -> Any:
    fair, on, form = fair_of(slug), day_of(day), Form(CarryIn)

    def do() -> None:
        closing.carry_over(fair, on, {each["item"]: each["reason"] for each in form.data["items"]}, by=current_actor())

    return act(fair, on, form, do, _("Saved: what has a reason is carried over."))


@bp.post("/days/<slug>/<day>/sign")
@writes("figures.close")
def sign(slug: str, day: str) -> Any:
    fair, on, form = fair_of(slug), day_of(day), Form(SignOffIn)
    return act(fair, on, form, lambda: closing.sign_off(fair, on, form.data["sha256"], by=current_actor()), _("Your signature is noted."))


@bp.post("/days/<slug>/<day>/undo")
@writes("figures.close")
def undo(slug: str, day: str) -> Any:
    fair, on, form = fair_of(slug), day_of(day), Form(NothingIn)
    return act(fair, on, form, lambda: closing.undo(fair, on, by=current_actor()), _("The signature is taken back; the day is open again."))


def register(app: Flask) -> None:
    app.register_blueprint(bp)
