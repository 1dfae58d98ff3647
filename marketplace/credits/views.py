"""Pages of the credit: one's own shares and what waits, a split to answer, a new proposal, and the ranking of agencies."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, make_response, redirect, render_template, request, url_for

from marketplace.contracts import service as contracts
from marketplace.contracts.views import words as contract_words
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.caching import shared
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import acting_name, say
from marketplace.core.pages import bound, paged
from marketplace.core.sheets import sending
from marketplace.credits import queries, rules, service, shown
from marketplace.credits.models import Split
from marketplace.credits.schemas import AgreeSplitIn, DeclineSplitIn, SplitFormIn
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Scope, View

bp = Blueprint("credits", __name__)
LEAST_ROWS = 3


@bp.get("/credits")
@reads("credits.read")
def mine() -> Any:
    """What one's organisation is asked, and what it is credited with."""
    actor = current_actor()
    keys = (Split.proposed_at, Split.id)
    page = paged(queries.mine(by=actor), keys, cursor=request.args.get("cursor") or None, bound_to=bound(actor.person_id, actor.organization_id))
    return render_template(
        "credits/mine.html", page=page, splits=queries.shown(page.rows, by=actor), own=queries.own_shares(by=actor),
        statuses=contract_words()["status"], **shown.words(),
    )  # fmt: skip


@bp.get("/credits/export.<format>")
@reads("credits.read")
def export_own(format: str) -> Any:
    """The agreed shares of one's organisation as a file; empty for who acts for none."""
    sending.chosen(format)
    actor = current_actor()
    snapshot()
    whose = acting_name(actor.acting) if actor.acting else actor.name
    return sending.answer(shown.own_book(whose, queries.own_shares(by=actor), statuses=contract_words()["status"]), format, zone="UTC")


@bp.route("/contracts/<uuid:contract_id>/credit/new", methods=["GET", "POST"])
@writes("credits.agree")
def propose(contract_id: UUID) -> Any:
    """Propose how the agencies share the credit; those that had a hand in the deal stand there already, with equal shares."""
    actor = current_actor()
    found = contracts.show(contract_id, by=actor)
    agencies = queries.suggested(found.contract, found.parties)
    shares = zip(agencies, rules.evenly(len(agencies)), strict=True)
    form = Form(SplitFormIn, shares=[{"agency": agency.slug, "percent": rules.in_percent(bp)} for agency, bp in shares])
    if form.submitted():
        lines = [(row["agency"], row["share_bp"]) for row in form.data["shares"]]
        try:
            split = service.propose(contract_id, lines, note=form.data["note"], by=actor)
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            say(_("Agreed.") if split.settled_at else _("Proposed. The others concerned are asked now."))
            return redirect(url_for(".show", split_id=split.id), 303)
    rows = min(max(LEAST_ROWS, len(form.value("shares") or []) + 1), rules.MOST_AGENCIES)
    return render_template("credits/propose.html", contract=found.contract, form=form, rows=rows, agencies=agencies), form.status


@bp.get("/credits/<uuid:split_id>")
@reads("credits.read")
def show(split_id: UUID) -> Any:
    """A split: the shares, who agreed, and who is still asked."""
    return _page(split_id, Form(DeclineSplitIn))


def _page(split_id: UUID, form: Form) -> Any:
    actor = current_actor()
    [found] = queries.shown([queries.split(split_id, by=actor)], by=actor)
    fair = fairs.get(found.split.fair_id)
    page = render_template("credits/show.html", found=found, split=found.split, fair=fair, form=form, may=actor.may("credits.agree"), **shown.words())
    return page, form.status


@bp.post("/credits/<uuid:split_id>/agree")
@writes("credits.agree")
def agree(split_id: UUID) -> Any:
    form = Form(AgreeSplitIn)
    return _done(split_id, form, lambda: service.agree(split_id, form.data["content_hash"], by=current_actor()), _("You agreed."))


@bp.post("/credits/<uuid:split_id>/decline")
@writes("credits.agree")
def decline(split_id: UUID) -> Any:
    form = Form(DeclineSplitIn)
    return _done(split_id, form, lambda: service.decline(split_id, form.data["content_hash"], form.data["reason"], by=current_actor()), _("Declined. Any party may propose anew."))


@bp.post("/credits/<uuid:split_id>/withdraw")
@writes("credits.agree")
def withdraw(split_id: UUID) -> Any:
    service.withdraw(split_id, by=current_actor())
    say(_("Withdrawn."))
    return redirect(url_for(".show", split_id=split_id), 303)


def _done(split_id: UUID, form: Form, do: Any, told: str) -> Any:
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            say(told)
            return redirect(url_for(".show", split_id=split_id), 303)
    return _page(split_id, form)


def asked(slug: str) -> tuple[Fair, Scope, View]:
    """Fair, scope and view of the address: staff of the fair see every deal unless they ask for the public view. Raises NotFound."""
    actor = current_actor_or_none()
    fair = shown_fair.shown(slug)
    scope = ledger.scope(fair.id, request.args.get("scope") or None)
    insider = actor is not None and actor.may("ledger.read", fair_id=fair.id)
    return fair, scope, View.STAFF if insider and request.args.get("view") != View.PUBLIC else View.PUBLIC


@bp.get("/fairs/<slug>/agencies")
@reads(PUBLIC)
def ranking(slug: str) -> Any:
    """The agencies of a fair by the credit that the parties of its verified contracts agreed on."""
    current_actor_or_none()  # before the snapshot, which noting down a sign-in's last use would end
    snapshot()
    fair, scope, view = asked(slug)
    found, agencies = queries.by_agency(fair, scope, view=view)
    return shared(make_response(render_template(
        "credits/ranking.html", fair=fair, scope=scope, view=view, views=View, lines=shown.lines(found, agencies), beside=shown.beside(found),
        whole=found.whole, in_contracts=rules.in_contracts, scopes=ledger.scopes(fair.id),
    )))  # fmt: skip


@bp.get("/fairs/<slug>/agencies/export.<format>")
@reads(PUBLIC)
def export_ranking(slug: str, format: str) -> Any:
    """The ranking as a file, in the view of its page."""
    sending.chosen(format)
    stranger = current_actor_or_none() is None
    snapshot()
    fair, scope, view = asked(slug)
    found, agencies = queries.by_agency(fair, scope, view=view)
    return sending.answer(shown.ranking_book(fair, scope, view, found, agencies), format, zone=fair.time_zone, confidential=not stranger)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
