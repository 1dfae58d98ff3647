"""The pages of an amendment: proposing it on the entry form, old and new side by side, the second person's decision."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup

from marketplace.confirmations import queries, rules, wording
from marketplace.confirmations.schemas import ApproveAmendmentIn, ProposeForm, TurnDownAmendmentIn
from marketplace.confirmations.views import hindered
from marketplace.contracts import amending, entry, service
from marketplace.contracts import queries as contract_queries
from marketplace.contracts import views as desk
from marketplace.contracts.models import Contract, Party
from marketplace.contracts.rules import facts as all_facts
from marketplace.contracts.schemas import form_values
from marketplace.core import layout
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.web import check_version
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Status
from marketplace.taxonomy.vocabularies import CHINA_FIELDS

bp = Blueprint("amendments", __name__)


@bp.route("/contracts/<uuid:contract_id>/amendments/new", methods=["GET", "POST"])
@writes("contracts.log")
def new(contract_id: UUID) -> Any:
    """New facts for a verified contract, on the entry form, with the reason."""
    actor = current_actor()
    shown = service.show(contract_id, by=actor, lock=request.method == "POST")
    contract, fair = shown.contract, fairs.get(shown.contract.fair_id)
    actor.require("contracts.log", fair_id=fair.id)
    if contract.status is not Status.VERIFIED:
        raise IllegalMove(_("Only a verified contract is amended; edit the others."))
    if amending.open_amendment(contract_id) is not None:
        raise amending.AlreadyProposed()
    others = contract_queries.others_of([contract_id])[contract_id]
    reference = contract_queries.reference_of(contract.achievement_id)
    form = Form(ProposeForm, **form_values(contract, shown.parties, others), version=contract.version, achievement_reference=reference)
    asked = entry.guard(form, fair, by=actor, contract=contract, negotiation_id=contract.negotiation_id)

    def propose(facts: dict[str, Any]) -> Any:
        check_version(contract.version, form.data["version"])
        return amending.propose(contract_id, facts, reason=facts.pop("reason"), by=actor)

    made = entry.save(form, asked, propose)
    if made is None:
        return entry.entry_page(form, fair, asked, handover=None, report=None, contract=contract, amending=True)
    layout.say(_("Proposed. Both sides are asked, and another person decides; until then nothing changes."))
    return redirect(url_for(".show", contract_id=contract_id, amendment_id=made.id), 303)


@bp.get("/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>")
@reads("contracts.read")
def show(contract_id: UUID, amendment_id: UUID) -> Any:
    return page(contract_id, amendment_id, Form(TurnDownAmendmentIn))


def page(contract_id: UUID, amendment_id: UUID, form: Form) -> Any:
    """Old and new side by side; while it is open, what both sides say of the new content, and the decision."""
    actor = current_actor()
    shown = service.show(contract_id, by=actor)
    amendment = amending.find(contract_id, amendment_id)
    fair = fairs.get(shown.contract.fair_id)
    staff = fair.id in actor.fairs_where("contracts.read")
    is_open = amendment.outcome is amending.Outcome.OPEN
    then = amending.proposal(contract_id, amendment_id, by=actor).then if is_open else None
    state = queries.state(contract_id, amendment.content_hash) if is_open else None
    rows = wording.rows(rules.seven(then.contract, then.parties), state) if then and state else []
    html = render_template(
        "confirmations/amendment.html", contract=shown.contract, amendment=amendment, fair=fair, staff=staff, form=form, is_open=is_open,
        changes=changes(shown, then) if then else [], rows=rows, state=state, hindrance=hindered(state, shown.contract, fair) if state else "", sides=wording.side_names(), stands=wording.stands(),
        allowed=wording.allowed, outcomes=outcomes(), may_decide=is_open and actor.may("contracts.verify", fair_id=fair.id),
        proposer=queries.name_of(amendment.proposed_by) if staff else None, decider=queries.name_of(amendment.decided_by) if staff else None,
    )  # fmt: skip
    return html, form.status


def outcomes() -> dict[str, str]:
    return {"open": _("waiting for a decision"), "approved": _("approved"), "turned_down": _("turned down"), "ended": _("ended with the contract")}


def changes(shown: service.Shown, then: service.Shown) -> list[dict[str, Any]]:
    """Every fact of both contents; ``changed`` marks the ones that differ."""
    old, new = rules.seven(shown.contract, shown.parties), rules.seven(then.contract, then.parties)
    found = [
        {"label": was.label, "old": was.text, "new": becomes.text, "changed": was.text != becomes.text}
        for was, becomes in zip(wording.lines(old), wording.lines(new), strict=True)
    ]
    said = desk.words()
    for name, label in (("place", _("Where and when")), ("number", _("Contract number")), ("field", _("Technology field")), ("open", _("Openness"))):
        values = [getattr(one.contract, name) for one in (shown, then)]
        old_text, new_text = (_value(name, value, said) for value in values)
        found.append({"label": label, "old": old_text, "new": new_text, "changed": values[0] != values[1]})
    told = {"title_en", "title_zh", "kind", "total_minor", "technology_minor", "currency", "signed_on", "place", "number", "field", "open", "parties"}
    before, after = ({k: v for k, v in all_facts(one.contract, one.parties, []).items() if k not in told | {"evidence"}} for one in (shown, then))
    for name in sorted(set(before) | set(after)):
        if before.get(name) != after.get(name):
            found.append({"label": name.replace("_", " "), "old": str(before.get(name) or "–"), "new": str(after.get(name) or "–"), "changed": True})
    if people(shown.parties) != people(then.parties):
        found.append({"label": _("Signatories, countries"), "old": people(shown.parties), "new": people(then.parties), "changed": True})
    return found


def people(parties: list[Party]) -> str:
    return "; ".join(f"{party.name} ({party.country}{', ' + party.signatory if party.signatory else ''})" for party in parties)


def _value(name: str, value: Any, said: dict[str, dict[str, str]]) -> str:
    if name == "place":
        return str(said["place"].get(value, value))
    if name == "field":
        return str(CHINA_FIELDS.label(value, language()))
    if name == "open":
        return _("open") if value else _("confidential")
    return str(value or "–")


def _decide(contract_id: UUID, amendment_id: UUID, form: Form, do: Any, said: str) -> Any:
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for("contracts.show", contract_id=contract_id), 303)
    return page(contract_id, amendment_id, form)


@bp.post("/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>/approve")
@writes("contracts.verify")
def approve(contract_id: UUID, amendment_id: UUID) -> Any:
    form = Form(ApproveAmendmentIn)
    return _decide(
        contract_id, amendment_id, form,
        lambda: amending.approve(contract_id, amendment_id, seen_hash=form.data["content_hash"], by=current_actor()),
        _("Amended: the total counts the new facts, and the voucher names what it corrects."),
    )  # fmt: skip


@bp.post("/contracts/<uuid:contract_id>/amendments/<uuid:amendment_id>/turn-down")
@writes("contracts.verify")
def turn_down(contract_id: UUID, amendment_id: UUID) -> Any:
    form = Form(TurnDownAmendmentIn)
    return _decide(
        contract_id, amendment_id, form, lambda: amending.turn_down(contract_id, amendment_id, note=form.data["note"], by=current_actor()),
        _("Turned down: the contract stays as it is."),
    )  # fmt: skip


def panel(shown: service.Shown, fair: Fair, actor: Actor) -> Markup | str:
    """For the contract's page: its amendments, and the way to a new one."""
    contract: Contract = shown.contract
    known = amending.amendments_of(contract.id)
    waiting = any(one.outcome is amending.Outcome.OPEN for one in known)
    may = actor.may("contracts.log", fair_id=fair.id) and contract.status is Status.VERIFIED and not waiting and fair.closed_at is None
    if not known and not may:
        return ""
    return layout.part("confirmations/_amendments.html", contract=contract, amendments=known, may_propose=may, outcomes=outcomes(), fair=fair)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
