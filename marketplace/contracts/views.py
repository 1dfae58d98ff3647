"""The contract desk as pages, and each party's own contracts."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.contracts import api, queries, reporting, service
from marketplace.contracts.models import MARKS, PLACES, Act, Contract
from marketplace.contracts.schemas import AttachForm, SeenIn, VoidIn
from marketplace.core import layout
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.money import CURRENCIES
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.negotiations import queries as negotiations
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS, IP_KINDS, LEGAL_TYPES, PLAN_CATEGORIES, PURPOSES

bp = Blueprint("contracts", __name__)
ABOVE: list[Callable[[service.Shown, Fair, Actor], Markup | str]] = []
"""What the domains above say on a contract's page across its whole width, before everything else."""
PANELS: list[Callable[[service.Shown, Fair, Actor], Markup | str]] = []
"""Parts of a contract's page that the domains above fill in, in the order they were added: each gives HTML, or nothing."""
HINDRANCES: list[Callable[[service.Shown, Fair, Actor], Markup | str]] = []
"""What keeps a signed contract from being verified, as the domains above see it: said in place of the button."""
FIRST_CURRENCIES = ("CNY", "USD", "EUR", "JPY", "GBP", "HKD", "KRW")


def words() -> dict[str, dict[str, str]]:
    """The labels of the desk's own codes, in the reader's language."""
    return {
        "class": {"contract": _("Contract"), "framework": _("Framework"), "intent": _("Intent (LOI, MoU)")},
        "status": {"declared": _("Declared"), "signed": _("Signed"), "verified": _("Verified"), "void": _("Void")},
        "place": {
            "at_fair": _("Signed at the fair"), "before": _("Prepared or signed before"), "after": _("Follow-up after the fair"),
            "reannounced": _("An older deal, announced again"),
        },
        "payment": {
            "lump_sum": _("In one sum"), "instalments": _("In instalments"), "royalty": _("Royalty"),
            "upfront_plus_royalty": _("One sum and a royalty"), "equity": _("In shares"),
        },
        "other": {
            "planned_investment": _("Planned investment"), "fund_size": _("Size of a fund"),
            "annualised_intention": _("Annualised intention"),
        },
        "mark": {"in_force": _("Contract in force"), "registered": _("Officially registered"), "performed": _("Contract performed")},
        "report": {"waiting": _("Waits at the desk"), "logged": _("Logged"), "merged": _("Merged"), "refused": _("Refused")},
        "role": {"provider": _("Provider"), "recipient": _("Recipient"), "broker": _("Broker")},
        "act": {
            Act.LOGGED: _("Logged"), Act.EDITED: _("Edited"), Act.SIGNED: _("Marked as signed"), Act.VERIFIED: _("Verified"),
            Act.VOIDED: _("Voided"),
        },
        "unit": {
            "one": _("single units"), "thousand": _("thousand"), "wan": _("10,000 (万)"), "million": _("million (百万)"),
            "yi": _("100 million (亿)"), "billion": _("billion (十亿)"),
        },
    }  # fmt: skip


def choices() -> dict[str, list[tuple[str, str]]]:
    said = words()
    rest = sorted(CURRENCIES - set(FIRST_CURRENCIES))
    return {name: list(labels.items()) for name, labels in said.items() if name != "act"} | {
        "kind": DEAL_KINDS.choices(language()),
        "field": CHINA_FIELDS.choices(language()),
        "country": COUNTRIES.choices(language()),
        "currency": [(code, code) for code in (*FIRST_CURRENCIES, *rest)],
        "ip": IP_KINDS.choices(language()),
        "plan": PLAN_CATEGORIES.choices(language()),
        "purpose": PURPOSES.choices(language()),
        "legal": [(code, f"{code} {label}") for code, label in LEGAL_TYPES.choices(language())],
    }


def desk_fair(actor: Actor) -> Fair | None:
    """The fair that somebody's desk works for: named in the address, else the current one, else their first."""
    mine = actor.fairs_where("contracts.read")
    if slug := request.args.get("fair"):
        fair = fairs.by_slug(slug)
        return fair if fair.id in mine else None
    current = shown_fair.current()
    if current is not None and current.id in mine:
        return current
    return next((fair for fair in fairs.everyone() if fair.id in mine), None)


@bp.get("/contracts")
@reads("contracts.read")
def index() -> Any:
    actor = current_actor()
    fair = desk_fair(actor)
    if request.args.get("fair") and fair is None:
        raise NotFound()
    chosen = chosen_filters()
    query = queries.contracts(by=actor, fair_id=fair.id if fair else None, **filters_of(chosen))
    page = paged(query, (Contract.created_at, Contract.id), cursor=request.args.get("cursor"), bound_to=bound(actor.person_id, actor.organization_id))
    waiting = negotiations.waiting_handovers(by=actor, fair=fair) if fair and actor.may("contracts.log", fair_id=fair.id) else []
    parties = queries.parties_of([contract.id for contract in page.rows])
    mine = [other for other in fairs.everyone() if other.id in actor.fairs_where("contracts.read")]
    return render_template(
        "contracts/index.html", page=page, parties=parties, fair=fair, fairs=mine, waiting=waiting, words=words(), chosen=chosen,
        may_log=bool(fair and actor.may("contracts.log", fair_id=fair.id)), kinds=DEAL_KINDS, marks=MARKS,
        may_report=actor.may("contracts.report") and actor.organization_id is not None, reports=reporting.count_waiting(actor),
    )  # fmt: skip


def chosen_filters() -> dict[str, str | None]:
    """The filters in the address; a code that is none of ours filters nothing."""
    known: dict[str, set[Any]] = {"status": set(Status), "class": set(ContractClass), "place": set(PLACES), "mark": set(MARKS)}
    return {name: (value if (value := request.args.get(name)) in codes else None) for name, codes in known.items()}


def filters_of(chosen: Mapping[str, str | None]) -> dict[str, Any]:
    """Chosen filters as `queries.contracts` takes them."""
    status, contract_class = chosen["status"], chosen["class"]
    return {
        "status": Status(status) if status else None, "contract_class": ContractClass(contract_class) if contract_class else None,
        "place": chosen["place"], "mark": chosen["mark"],
    }  # fmt: skip


@bp.get("/contracts/<uuid:contract_id>")
@reads("contracts.read")
def show(contract_id: UUID) -> Any:
    return contract_page(contract_id, Form(VoidIn))


def contract_page(contract_id: UUID, form: Form) -> Any:
    actor = current_actor()
    shown = service.show(contract_id, by=actor)
    contract = shown.contract
    fair = fairs.get(contract.fair_id)
    staff = contract.fair_id in actor.fairs_where("contracts.read")
    may = {verb: staff and actor.may(f"contracts.{verb}", fair_id=contract.fair_id) for verb in ("log", "sign", "verify", "void")}
    checks = HINDRANCES if may["verify"] and contract.status is Status.SIGNED else []
    page = render_template(
        "contracts/show.html", contract=contract, hindrances=[said for check in checks if (said := check(shown, fair, actor))], parties=shown.parties, evidence=shown.evidence, fair=fair, words=words(), may=may,
        staff=staff, hands=queries.hands_of(contract_id) if staff else [], people=queries.names_of_hands(contract_id) if staff else {},
        form=form, kinds=DEAL_KINDS, fields=CHINA_FIELDS, countries=COUNTRIES, contract_class=ContractClass,
        above=[panel(shown, fair, actor) for panel in ABOVE], panels=[panel(shown, fair, actor) for panel in PANELS],
    )  # fmt: skip
    return page, form.status


def act(contract_id: UUID, form: Form, do: Any, said: str) -> Any:
    """One decision on a contract: done, or its page again with the refusal on top."""
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for(".show", contract_id=contract_id), 303)
    return contract_page(contract_id, form)


@bp.post("/contracts/<uuid:contract_id>/sign")
@writes("contracts.sign")
def sign(contract_id: UUID) -> Any:
    form = Form(SeenIn)
    return act(contract_id, form, lambda: service.sign(contract_id, form.data["content_hash"], by=current_actor()),
               _("Signed: the rate of that day is frozen. Another person verifies it now."))  # fmt: skip


@bp.post("/contracts/<uuid:contract_id>/verify")
@writes("contracts.verify")
def verify(contract_id: UUID) -> Any:
    form = Form(SeenIn)
    return act(contract_id, form, lambda: service.verify(contract_id, form.data["content_hash"], by=current_actor()),
               _("Verified: the fair total counts it."))  # fmt: skip


@bp.post("/contracts/<uuid:contract_id>/void")
@writes("contracts.void")
def void(contract_id: UUID) -> Any:
    form = Form(VoidIn)
    return act(contract_id, form, lambda: service.void(contract_id, form.data["reason"], by=current_actor()),
               _("Void: it left every total, with its reason."))  # fmt: skip


@bp.post("/contracts/<uuid:contract_id>/evidence")
@writes("contracts.log")
def attach(contract_id: UUID) -> Any:
    form = Form(AttachForm)
    return act(contract_id, form, lambda: api.store(contract_id), _("The file is attached; its hash is part of what is signed and verified."))


@bp.get("/contracts/<uuid:contract_id>/evidence/<uuid:evidence_id>")
@reads("contracts.read")
def download(contract_id: UUID, evidence_id: UUID) -> Any:
    return api.send(contract_id, evidence_id)


def register(app: Flask) -> None:
    from marketplace.contracts import entry as entry  # these three add their pages to the blueprint
    from marketplace.contracts import panels
    from marketplace.contracts import registering_views as registering_views
    from marketplace.contracts import reporting_views as reporting_views

    PANELS[:0] = [panel for panel in panels.OURS if panel not in PANELS]
    app.register_blueprint(bp)
