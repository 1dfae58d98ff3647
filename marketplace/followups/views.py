"""Pages: the link that answers once, one's own follow-ups, and the conversion of a fair's intents."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, current_app, make_response, redirect, render_template, request, url_for

from marketplace.contracts.models import Contract
from marketplace.core import layout
from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.amounts import UNITS
from marketplace.core.caching import shared
from marketplace.core.clock import now, today
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError, Malformed, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.money import CURRENCIES
from marketplace.core.pages import bound, paged
from marketplace.core.shares import percent
from marketplace.core.sheets import sending
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.followups import queries, rules, service, shown
from marketplace.followups.models import HORIZONS, FollowUp, Outcome, Side
from marketplace.followups.schemas import FollowUpAnswerIn, FollowUpLinkAnswerIn

bp = Blueprint("followups", __name__)
FIRST_CURRENCIES = ("CNY", "USD", "EUR", "JPY", "GBP", "HKD", "KRW")


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the answer's form offers."""
    units = {
        "one": _("single units"), "thousand": _("thousand"), "wan": _("10,000 (万)"), "million": _("million (百万)"),
        "yi": _("100 million (亿)"), "billion": _("billion (十亿)"),
    }  # fmt: skip
    return {
        "outcome": [(code.value, label) for code, label in shown.words()["outcome"].items() if isinstance(code, Outcome)],
        "unit": [(unit, units[unit]) for unit in UNITS],
        "currency": [(code, code) for code in (*FIRST_CURRENCIES, *sorted(CURRENCIES - set(FIRST_CURRENCIES)))],
    }


def answer_page(form: Form, followup: FollowUp, contract: Contract, side: Side, **more: Any) -> Any:
    fair = shown_fair.shown(fairs.get(followup.fair_id).slug)
    page = render_template(
        "followups/answer.html", form=form, followup=followup, contract=contract, side=side, fair=fair, choices=choices(),
        words=shown.words(), in_words=shown.in_words, **more,
    )  # fmt: skip
    return page, form.status


@bp.route("/followup/<secret>", methods=["GET", "POST"])
@writes(PUBLIC, once=False)
def by_link(secret: str) -> Any:
    """One side's answer without a sign-in: once, then the address is gone."""
    link, followup, contract = service.opened(secret)
    form = Form(FollowUpLinkAnswerIn)
    if form.submitted():
        try:
            service.answer_by_link(secret, form.data)
        except DomainError as error:
            if error.status == 410:
                raise
            form.refused(error)
        else:
            return render_template("followups/thanks.html", contract=contract)
    return answer_page(form, followup, contract, link.side, by_link=True, said=[])


@bp.get("/followups")
@reads("followups.answer")
def mine() -> Any:
    """What one's organisation is asked, the newest first."""
    actor = current_actor()
    page = paged(
        queries.own(by=actor), (FollowUp.due_on, FollowUp.id), cursor=request.args.get("cursor"),
        bound_to=bound(actor.person_id, actor.organization_id),
    )  # fmt: skip
    rows = queries.shown(page.rows, by=actor)
    return render_template("followups/mine.html", page=page, rows=rows, words=shown.words(), in_words=shown.in_words)


@bp.route("/followups/<uuid:followup_id>", methods=["GET", "POST"])
@writes("followups.answer")
def answer(followup_id: UUID) -> Any:
    """One's own answer; what one's side said before stays below."""
    actor = current_actor()
    mine = queries.one(followup_id, by=actor)
    form = Form(FollowUpAnswerIn)
    if form.submitted():
        try:
            service.answer(followup_id, form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Thank you: your side's answer is written down."))
            return redirect(url_for(".mine"), 303)
    return answer_page(form, mine.followup, mine.contract, mine.side, by_link=False, said=mine.answers)


def desk_fair(actor: Actor) -> Fair:
    """The fair in the address, else the current one, else the first one works for. Raises NotFound."""
    mine = actor.fairs_where("followups.read")
    if slug := request.args.get("fair"):
        fair = fairs.by_slug(slug)
    else:
        current = shown_fair.current()
        found = current if current is not None and current.id in mine else next((each for each in fairs.everyone() if each.id in mine), None)
        if found is None:
            raise NotFound()
        fair = found
    if fair.id not in mine:
        raise NotFound()
    return shown_fair.shown(fair.slug)


@bp.get("/staff/conversion")
@reads("followups.read")
def conversion() -> Any:
    """What became of the intents of a fair: the curve, its breakdowns, and both sides' words side by side."""
    return conversion_page()


def conversion_page(link: dict[str, str] | None = None) -> Any:
    actor = current_actor()
    fair = desk_fair(actor)
    intents = queries.all_intents(fair)
    page = paged(
        queries.intents(fair), (Contract.created_at, Contract.id), cursor=request.args.get("cursor") if request.method == "GET" else None,
        bound_to=bound(actor.person_id),
    )  # fmt: skip
    return render_template(
        "followups/conversion.html", fair=fair, page=page, rows=queries.followed(page.rows), curve=rules.curve(intents, today=today(fair.time_zone)),
        cells=shown.cells(intents, fair), count=len(intents), words=shown.words(), in_words=shown.in_words, percent=percent, sides=list(Side),
        may_ask=actor.may("followups.ask", fair_id=fair.id), link=link, at=now(),
        fairs=[each for each in fairs.everyone() if each.id in actor.fairs_where("followups.read")],
    )  # fmt: skip


@bp.get("/staff/conversion/export.<format>")
@reads("followups.read")
def export(format: str) -> Any:
    """The conversion page with all its intents as a file."""
    sending.chosen(format)
    actor = current_actor()
    snapshot()
    fair = desk_fair(actor)
    return sending.answer(shown.book(fair, queries.all_intents(fair), queries.every(fair)), format, zone=fair.time_zone)


@bp.post("/staff/followups/<uuid:followup_id>/link")
@writes("followups.ask", once=False)
def ask(followup_id: UUID) -> Any:
    """A new link for a side, shown this once, for the desk to hand over."""
    text = request.form.get("side", "")
    if text not in {side.value for side in Side}:
        raise Malformed()
    side = Side(text)
    secret = service.ask(followup_id, side, by=current_actor())
    address = f"{current_app.config['SETTINGS'].public_url}{url_for('.by_link', secret=secret)}"
    response = make_response(conversion_page({"address": address, "side": shown.words()["side"][side]}))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/fairs/<slug>/conversion")
@reads(PUBLIC)
def public(slug: str) -> Any:
    """How many intents became contracts, as far as it tells of no single deal."""
    current_actor_or_none()
    snapshot()
    fair = shown_fair.shown(slug)
    points = list(zip(HORIZONS, queries.public_curve(fair), strict=True))
    return shared(make_response(render_template("followups/public.html", fair=fair, points=points, percent=percent)))


def register(app: Flask) -> None:
    app.register_blueprint(bp)
