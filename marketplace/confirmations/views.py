"""Answering pages (by link and signed in), the desk's asking, the queue of mismatches, and the fair's rule."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.confirmations import answering, asking, queries, rules, settling, wording
from marketplace.confirmations.models import Answer, Mismatch, Request, Side
from marketplace.confirmations.schemas import AskIn, ConfirmationIn, ConfirmationRuleForm, SettleMismatchIn
from marketplace.contracts import amending, service
from marketplace.contracts import queries as contract_queries
from marketplace.contracts.models import Contract
from marketplace.core import layout
from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import LANGUAGES, language
from marketplace.core.i18n import gettext as _
from marketplace.core.limits import tries
from marketplace.core.money import CURRENCIES
from marketplace.core.pages import bound, paged
from marketplace.core.web import check_version
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Status
from marketplace.taxonomy.vocabularies import DEAL_KINDS

bp = Blueprint("confirmations", __name__)


@bp.after_request
def tell_nobody(response: Response) -> Response:
    """The address of a one-time link is a secret: no other site is told where the reader came from, no cache keeps the page."""
    if "secret" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def answer_page(asked: Request, form: Form, **more: Any) -> Any:
    """The seven facts, each to be confirmed or corrected. It shows nothing else of the contract."""
    fair = fairs.get(asked.fair_id)
    contract = queries.contracts_by_id([asked.contract_id])[asked.contract_id]
    page = render_template(
        "confirmations/answer.html", form=form, asked=asked, fair=fair, reference=contract.reference, lines=wording.lines(asked.facts),
        side=wording.side_name(asked.side), kinds=DEAL_KINDS.choices(language()), currencies=sorted(CURRENCIES), **more,
    )  # fmt: skip
    return page, form.status


def thanks_page(asked: Request, answer: Answer) -> str:
    contract = queries.contracts_by_id([asked.contract_id])[asked.contract_id]
    named = wording.labels()
    differing = [(named[fact], wording.text(fact, value, asked.facts["currency"])) for fact, value in answer.corrections.items()]
    return render_template(
        "confirmations/thanks.html", reference=contract.reference, fair=fairs.get(asked.fair_id), answer=answer, differing=differing,
        allowed=wording.allowed(answer),
    )  # fmt: skip


def gone_page(gone: answering.LinkGone) -> Any:
    return render_template("confirmations/gone.html", text=gone.detail, why=gone.why), 410


@bp.route("/confirm/<secret>", methods=["GET", "POST"])
@tries(network="60 per 15 minutes", failed_only=True)
@writes(PUBLIC)
def confirm(secret: str) -> Any:
    """One side's answer, by whoever holds its link."""
    actor = current_actor_or_none()
    try:
        asked = answering.opened(secret)
        form = Form(ConfirmationIn)
        if form.submitted():
            answer = answering.answer_by_link(secret, form.data, by=actor)
            return thanks_page(asked, answer)
    except answering.LinkGone as gone:
        return gone_page(gone)
    except DomainError as error:
        form.refused(error)
    return answer_page(asked, form, signed_in=False)


@bp.get("/confirmations")
@reads("confirmations.answer")
def mine() -> Any:
    """What one's organisation is asked to confirm, the oldest first."""
    actor = current_actor()
    page = paged(
        queries.to_confirm(by=actor), (Request.asked_at, Request.id), cursor=request.args.get("cursor"), descending=False,
        bound_to=bound(actor.person_id, actor.organization_id),
    )  # fmt: skip
    contracts = queries.contracts_by_id({row.contract_id for row in page.rows})
    known = {fair.id: fair for fair in fairs.everyone()}
    return render_template("confirmations/mine.html", page=page, contracts=contracts, fairs=known, sides=wording.side_names())


@bp.route("/contracts/<uuid:contract_id>/confirmations/<uuid:request_id>", methods=["GET", "POST"])
@writes("confirmations.answer")
def answer(contract_id: UUID, request_id: UUID) -> Any:
    """The same answer, signed in."""
    actor = current_actor()
    try:
        asked = answering.ours(contract_id, request_id, by=actor)
        form = Form(ConfirmationIn, name=actor.name)
        if form.submitted():
            said = answering.answer_signed_in(contract_id, request_id, said=form.data, by=actor)
            layout.say(_("Thank you: your answer is at the contract desk.") if not said.corrections
                       else _("Thank you: the contract desk sees what differs, and settles it."))  # fmt: skip
            return redirect(url_for("contracts.show", contract_id=contract_id), 303)
    except answering.LinkGone as gone:
        return gone_page(gone)
    except DomainError as error:
        if error.status == 404:
            raise
        form.refused(error)
    return answer_page(asked, form, signed_in=True)


@bp.route("/contracts/<uuid:contract_id>/confirmations/ask", methods=["GET", "POST"])
@writes("confirmations.ask", once=False)
def ask(contract_id: UUID) -> Any:
    """Ask one side or both. The links are shown on the answer to this form, once, and stored nowhere in the clear."""
    actor = current_actor()
    shown = service.show(contract_id, by=actor)
    actor.require("confirmations.ask", fair_id=shown.contract.fair_id)
    side = request.args.get("side")
    form = Form(AskIn, sides=[side] if side in set(Side) else [one.value for one in Side], language=language())
    fair, links = fairs.get(shown.contract.fair_id), []
    if form.submitted():
        emails = {Side.PROVIDER: form.data["provider_email"], Side.RECIPIENT: form.data["recipient_email"]}
        try:
            found = asking.ask(contract_id, map(Side, form.data["sides"]), emails=emails, spoken=form.data["language"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            base = current_app.config["SETTINGS"].public_url
            links = [(wording.side_name(one.request.side), f"{base}{url_for('.confirm', secret=one.secret)}", one.request) for one in found]
    page = render_template(
        "confirmations/ask.html", form=form, contract=shown.contract, parties=shown.parties, fair=fair, links=links, sides=wording.side_names(),
        languages=list(LANGUAGES.items()), side_choices=[(side.value, name) for side, name in wording.side_names().items()],
    )  # fmt: skip
    return page, form.status


def desk_fairs(actor: Actor) -> list[Fair]:
    """The fairs whose mismatches this person settles; one of them when the address names it. Raises NotFound for another."""
    mine = [fair for fair in fairs.everyone() if fair.id in actor.fairs_where("confirmations.settle")]
    slug = request.args.get("fair")
    if slug:
        mine = [fair for fair in mine if fair.slug == slug]
        if not mine:
            raise NotFound()
    return mine


@bp.get("/staff/mismatches")
@reads("confirmations.settle")
def mismatches() -> Any:
    return mismatches_page(Form(SettleMismatchIn), None)


def mismatches_page(form: Form, refused: UUID | None) -> Any:
    """The queue, the oldest first: clerk, party A and party B side by side."""
    actor = current_actor()
    mine = desk_fairs(actor)
    page = paged(
        queries.mismatches([fair.id for fair in mine]), (Mismatch.opened_at, Mismatch.id), cursor=request.args.get("cursor"),
        descending=False, limit=10, bound_to=bound(actor.person_id),
    )  # fmt: skip
    answers = queries.answers_by_id({row.answer_id for row in page.rows})
    asked = queries.requests_by_id({one.request_id for one in answers.values()})
    contracts = queries.contracts_by_id({row.contract_id for row in page.rows})
    states = queries.states({(row.contract_id, row.content_hash) for row in page.rows})
    cases = [
        {
            "mismatch": row, "answer": answers[row.answer_id], "contract": contracts[row.contract_id], "asked": asked[answers[row.answer_id].request_id],
            "state": states[row.contract_id, row.content_hash],
            "rows": wording.rows(asked[answers[row.answer_id].request_id].facts, states[row.contract_id, row.content_hash]),
        }
        for row in page.rows
    ]  # fmt: skip
    html = render_template(
        "confirmations/mismatches.html", page=page, cases=cases, form=form, refused=refused, fairs={fair.id: fair for fair in mine},
        sides=wording.side_names(), may_edit=actor.may("contracts.log"), may_ask=actor.may("confirmations.ask"), allowed=wording.allowed,
    )  # fmt: skip
    return html, form.status


@bp.post("/staff/mismatches/<uuid:mismatch_id>/settle")
@writes("confirmations.settle")
def settle(mismatch_id: UUID) -> Any:
    form = Form(SettleMismatchIn)
    if form.submitted():
        try:
            settling.settle(mismatch_id, form.data["note"], by=current_actor())
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(_("Settled: the entry stands, and your note says why."))
            return redirect(url_for(".mismatches"), 303)
    return mismatches_page(form, mismatch_id)


@bp.route("/staff/fairs/<slug>/confirmations", methods=["GET", "POST"])
@writes("confirmations.rule")
def rule(slug: str) -> Any:
    """Whether this fair verifies only what both sides have confirmed."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    if not actor.may("confirmations.rule", fair_id=fair.id):
        raise NotFound()
    known = queries.rule_of(fair.id)
    version = queries.version_of(known)
    form = Form(ConfirmationRuleForm, both_confirm=bool(known and known.both_confirm), version=version)
    if form.submitted():
        try:
            check_version(version, form.data["version"])
            settling.set_rule(fair, both_confirm=form.data["both_confirm"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Saved."))
            return redirect(url_for(".rule", slug=slug), 303)
    return render_template("confirmations/rule.html", form=form, fair=fair, version=version), form.status


def comparison(shown: service.Shown, fair: Fair, actor: Actor) -> Markup | str:
    """For the contract's page: staff see seven facts and three answers, a party its own question and answer."""
    contract = shown.contract
    state = queries.state(contract.id, contract.content_hash)
    staff = contract.fair_id in actor.fairs_where("contracts.read")
    mine = set() if staff else queries.sides_of(actor.organization_ids, shown.parties)

    def may(code: str) -> bool:
        return staff and actor.may(code, fair_id=contract.fair_id)

    facts = rules.seven(contract, shown.parties)
    people = contract_queries.names_of_hands(contract.id) if staff else {}
    first = next(iter(contract_queries.hands_of(contract.id)), None) if staff else None
    return layout.part(
        "confirmations/_comparison.html", contract=contract, fair=fair, state=state, staff=staff, mine=mine, rows=wording.rows(facts, state),
        evidence=shown.evidence, sides=wording.side_names(), stands=wording.stands(), confirmed_by=wording.confirmed_by(), allowed=wording.allowed,
        may_ask=may("confirmations.ask") and contract.status is not Status.VOID and fair.closed_at is None,
        may_edit=may("contracts.log") and contract.status in {Status.DECLARED, Status.SIGNED},
        may_settle=may("confirmations.settle"), may_verify=may("contracts.verify") and contract.status is Status.SIGNED,
        may_answer=not staff and actor.may("confirmations.answer"), logged_by=people.get(first.person_id) if first else None,
        logged_at=first.at if first else contract.created_at, both_needed=queries.both_confirm(contract.fair_id),
        proposals=open_questions(contract, mine) if mine else [],
    )  # fmt: skip


def hindrance(shown: service.Shown, fair: Fair, _: Actor) -> Markup | str:
    """For the contract's page, in place of the button that verifies: why it cannot be verified yet, and the way to what is open."""
    return hindered(queries.state(shown.contract.id, shown.contract.content_hash), shown.contract, fair)


def hindered(state: queries.State, contract: Contract, fair: Fair) -> Markup | str:
    """What keeps this content of a contract from being verified; nothing when nothing does."""
    missing = queries.both_confirm(fair.id) and not state.complete
    if not state.open_mismatches and not missing:
        return ""
    return layout.part("confirmations/_hindrance.html", contract=contract, fair=fair, mismatches=state.open_mismatches)


def open_questions(contract: Contract, mine: set[Side]) -> list[Request]:
    """What a party is asked about a proposed amendment."""
    amendment = amending.open_amendment(contract.id)
    if amendment is None:
        return []
    state = queries.state(contract.id, amendment.content_hash)
    return [one.open for side, one in state.sides.items() if side in mine and one.open is not None]


def register(app: Flask) -> None:
    app.register_blueprint(bp)
