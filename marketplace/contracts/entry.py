"""Entering a contract as a page: nothing is saved before its amounts were read back and each question about them was answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from marketplace.contracts import duplicates, guarding, linking, panels, queries, reporting, service
from marketplace.contracts.models import Contract, DealReport, OtherKind
from marketplace.contracts.schemas import EntryForm, form_values, handover_values
from marketplace.contracts.views import bp, choices, desk_fair, words
from marketplace.core import layout
from marketplace.core.access import Actor, current_actor, writes
from marketplace.core.amounts import UNITS, words_en, words_zh
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized
from marketplace.core.web import check_version
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass
from marketplace.negotiations import queries as negotiations
from marketplace.negotiations.models import Handover
from marketplace.organizations.rules import fold_name

OF_THE_PAGE = ("confirmed", "answers", "version", "achievement_reference")


@dataclass
class Guard:
    """What a posted form still has to be asked: the amounts in words, the questions, what looks like the same deal."""

    read_back: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""
    day: date | None = None
    questions: list[guarding.Question] = field(default_factory=list)
    alike: list[duplicates.Alike] = field(default_factory=list)
    answered: frozenset[str] = frozenset()
    confirmed: bool = False

    def token(self, question: guarding.Question) -> str:
        """What a tick refers to: with another figure or day it is another question."""
        return f"{question.code}/{self.code}/{self.day}"

    @property
    def open(self) -> list[guarding.Question]:
        return [question for question in self.questions if self.token(question) not in self.answered]

    @property
    def asks(self) -> bool:
        return bool(self.read_back or self.questions or self.alike)

    @property
    def passed(self) -> bool:
        return not self.asks or (self.confirmed and not self.open)


def amounts_code(data: Mapping[str, Any]) -> str:
    """What "yes, these amounts" refers to: it changes with every figure."""
    more = [f"{name}:{data[f'{name}_minor']}" for name in ("floor", "cap") if data[f"{name}_minor"]]
    more += [f"{other['kind'].value[:4]}:{other['amount_minor']}{other['currency']}" for other in data["other_amounts"]]
    return "/".join([str(data["total_minor"]), str(data["technology_minor"]), data["currency"], *more])


def read_back(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every typed amount as figures and words in both languages; what is beside the deal value says so."""
    labels = amount_labels(data["contract_class"])
    currency, found = data["currency"], []
    for name in ("total", "technology", "floor", "cap"):
        if (minor := data[f"{name}_minor"]) is not None:
            found.append(_said(labels[name], minor, currency, beside=name in {"floor", "cap"}))
    total, cap = data["total_minor"], data["cap_minor"]
    if data["contract_class"] is ContractClass.CONTRACT and total is not None and cap is not None:
        found.append(_said(_("Up to, fixed and variable part together: shown, never counted"), total + cap, currency, beside=True))
    return found + [_said(words()["other"][o["kind"].value], o["amount_minor"], o["currency"], beside=True) for o in data["other_amounts"]]


def amount_labels(contract_class: ContractClass | str) -> dict[str, str]:
    cap = _("Ceiling of the framework: never counted") if contract_class == ContractClass.FRAMEWORK else _("At most, beyond the fixed part")
    return {"total": _("Total amount"), "technology": _("of which technology amount"), "floor": _("At least, beyond the fixed part"), "cap": cap}


def _said(label: str, minor: int, currency: str, *, beside: bool) -> dict[str, Any]:
    en, zh = words_en(minor, currency), words_zh(minor, currency)
    return {"label": label, "minor": minor, "currency": currency, "en": en, "zh": zh, "beside": beside}


def guard(form: Form, fair: Fair, *, by: Actor, contract: Contract | None, negotiation_id: UUID | None) -> Guard:
    """What a right form is asked before it is saved; it asks nothing of one that is wrong or not sent yet."""
    if not form.submitted() or not _with_achievement(form):
        return Guard()
    data, contract_id = form.data, contract.id if contract else None
    code = amounts_code(data)
    return Guard(
        read_back=read_back(data), code=code, day=data["signed_on"], confirmed=data["confirmed"] == code, answered=frozenset(data["answers"]),
        questions=guarding.questions(
            data, fair, negotiation_id=negotiation_id, foreign_unit=guarding.foreign_unit(form.values), apart_from=contract_id
        ),
        alike=duplicates.alike(data, by=by, contract_id=contract_id)[: duplicates.SHOWN],
    )  # fmt: skip


def _with_achievement(form: Form) -> bool:
    """Turn a typed reference of an achievement into its id; False when there is no such one."""
    reference = form.data["achievement_reference"]
    if reference is None and "achievement_reference" in request.form:
        form.data["achievement_id"] = None
    if reference is None:
        return True
    form.data["achievement_id"] = queries.achievement_by(reference, known=form.data["achievement_id"])
    if form.data["achievement_id"] is None:
        form.refused(Invalid.field("achievement_reference", "reference", _("There is no published achievement with this reference.")))
    return not form.found


def save(form: Form, asked: Guard, do: Any) -> Contract | None:
    """The contract once it is saved; None while something is left to ask or was refused. ``do``: (facts) -> Contract."""
    if not form.data or form.found or not asked.passed:
        return None
    try:
        return do({name: value for name, value in form.data.items() if name not in OF_THE_PAGE})  # type: ignore[no-any-return]
    except DomainError as error:
        if error.status == 404:
            raise
        form.refused(error)
        return None


@bp.route("/contracts/new", methods=["GET", "POST"])
@writes("contracts.log")
def new() -> Any:
    actor = current_actor()
    handover, report = _handover(actor), _report(actor)
    source = handover or report
    fair = fairs.get(source.fair_id) if source else desk_fair(actor)
    if fair is None or not actor.may("contracts.log", fair_id=fair.id):
        raise NotFound()
    form = Form(EntryForm, **_initial(fair, handover, report))
    asked = guard(form, fair, by=actor, contract=None, negotiation_id=handover.negotiation_id if handover else None)

    def declare(facts: dict[str, Any]) -> Contract:
        contract = service.declare(fair, facts, handover_id=handover.id if handover else None, by=actor)
        if report is not None:
            reporting.become(report.id, contract, by=actor)
        return contract

    contract = save(form, asked, declare)
    if contract is None:
        return entry_page(form, fair, asked, handover=handover, handed=panels.handed(handover.facts) if handover else None, report=report, contract=None)
    layout.say(_("%(reference)s is saved as declared. It is not counted yet.", reference=contract.reference))
    return redirect(url_for(".show", contract_id=contract.id), 303)


@bp.route("/contracts/<uuid:contract_id>/edit", methods=["GET", "POST"])
@writes("contracts.log")
def edit(contract_id: UUID) -> Any:
    actor = current_actor()
    shown = service.show(contract_id, by=actor, lock=request.method == "POST")
    stored = shown.contract
    actor.require("contracts.log", fair_id=stored.fair_id)
    fair = fairs.get(stored.fair_id)
    others = queries.others_of([contract_id])[contract_id]
    reference = queries.reference_of(stored.achievement_id)
    form = Form(EntryForm, **form_values(stored, shown.parties, others), version=stored.version, achievement_reference=reference)
    asked = guard(form, fair, by=actor, contract=stored, negotiation_id=stored.negotiation_id)

    def change(facts: dict[str, Any]) -> Contract:
        check_version(stored.version, form.data["version"])
        return service.edit(contract_id, facts, by=actor)

    contract = save(form, asked, change)
    if contract is None:
        return entry_page(form, fair, asked, handover=None, report=None, contract=stored)
    layout.say(_("Saved. %(reference)s is declared and waits to be signed.", reference=contract.reference))
    return redirect(url_for(".show", contract_id=contract.id), 303)


def _named(name: str) -> UUID | None:
    """An id in the address. Raises NotFound for what is none."""
    text = request.args.get(name)
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound() from error


def _handover(actor: Actor) -> Handover | None:
    found = _named("handover")
    return negotiations.handover(found, by=actor) if found else None


def _report(actor: Actor) -> DealReport | None:
    found = _named("report")
    return reporting.at_desk(found, by=actor) if found else None


def _initial(fair: Fair, handover: Handover | None, report: DealReport | None) -> dict[str, Any]:
    """What a fresh form shows: the facts that were handed over or reported, or almost nothing."""
    if handover is not None:
        values = handover_values(handover.facts) | queries.listings_of(handover.negotiation_id)
    elif report is not None:
        values = reported_values(report)
    else:
        asked = request.args.get("class", "contract")
        chosen = asked if asked in set(ContractClass) else "contract"
        return {"class": chosen, "currency": fair.base_currency, "place": "at_fair", "open": False}
    return values | {"achievement_reference": queries.reference_of(values.get("achievement_id"))}


def reported_values(report: DealReport) -> dict[str, Any]:
    """A reported deal as the form shows it; a name that is registered here brings its organisation along."""
    facts = reporting.thawed(report.facts)
    known = service.registered({party["name"] for party in facts["parties"] if party["organization_id"] is None})
    for party in facts["parties"]:
        party["organization_id"] = party["organization_id"] or known.get(fold_name(party["name"]))
    contract: Any = SimpleNamespace(**facts)  # it has the names of a contract, and is none
    parties: list[Any] = [SimpleNamespace(**party) for party in facts["parties"]]
    others: list[Any] = [SimpleNamespace(**other) for other in facts["other_amounts"]]
    return form_values(contract, parties, others)


def entry_page(form: Form, fair: Fair, asked: Guard, **more: Any) -> Any:
    refused = bool(form.found or form.refusal)
    left = bool(asked.confirmed and asked.open and not refused)
    count = max(3, len(form.values.get("parties") or []))
    actor = current_actor()
    page = render_template(
        "contracts/entry.html", form=form, fair=fair, choices=choices(), asked=asked, refused=refused, left=left, labels=amount_labels,
        party_count=min(count, 10), units=UNITS, other_rows=_other_rows(form), words=words(),
        frameworks=_parents(ContractClass.FRAMEWORK, actor, fair), intents=_parents(ContractClass.INTENT, actor, fair),
        distinct=set(map(str, form.values.get("distinct_from") or [])), compared=panels.compared(form.data, asked.alike) if asked.alike else [],
        **more,
    )  # fmt: skip
    return page, 422 if left else form.status


def _parents(contract_class: ContractClass, actor: Actor, fair: Fair) -> list[tuple[str, str]]:
    rows = db.session.scalars(linking.parents(contract_class, by=actor, fair=fair))
    return [(str(row.id), f"{row.reference} · {localized(row, 'title')[0]}") for row in rows]


def _other_rows(form: Form) -> list[dict[str, Any]]:
    """One row for each kind of other amount, with what was typed and its errors, wherever it stood in the list."""
    typed = [row for row in form.values.get("other_amounts") or [] if isinstance(row, Mapping)]
    kept = [row.get("kind") for row in typed if row.get("amount")]
    found = []
    for place, kind in enumerate(OtherKind):
        row = next((row for row in typed if row.get("kind") == kind.value), {})
        at = kept.index(kind.value) if kind.value in kept else -1
        errors = [error for name, some in form.errors.items() if name.startswith(f"other_amounts-{at}-") for error in some]
        found.append({"place": place, "kind": kind.value, "row": row, "errors": errors})
    return found
