"""Reports of deals: the page on which a party or agency tells the desk, its own list, and the desk's queue."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from marketplace.contracts import duplicates, entry, panels, queries, reporting
from marketplace.contracts.models import DealReport
from marketplace.contracts.schemas import (
    EntryForm,
    SettleIn,
    VoidIn,
)
from marketplace.contracts.views import bp, words
from marketplace.core import layout
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.amounts import words_en, words_zh
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import DEAL_KINDS


class ReportForm(EntryForm):
    """The page on which a party tells of a deal; the fair is the one that is shown."""

    class Meta:
        exclude = ("distinct_from", "distinct_reason")


def report_fair() -> Fair:
    """The fair whose desk is told: named in the address, else the current one. Raises NotFound."""
    return fairs.by_slug(request.args["fair"]) if request.args.get("fair") else shown_fair.shown()


ROLE_OF = {"agency": "broker", "institute": "provider", "company": "recipient"}


@bp.route("/contracts/report", methods=["GET", "POST"])
@writes("contracts.report")
def report() -> Any:
    actor = current_actor()
    if actor.organization_id is None or actor.acting is None:
        raise Forbidden()
    fair = report_fair()
    own = db.session.get_one(Organization, actor.organization_id)
    rows: list[dict[str, Any]] = [{"role": role, "name": None} for role in ("provider", "recipient")]
    mine = {"role": ROLE_OF.get(own.kind.value, "broker"), "name": own.name, "country": own.country, "organization_id": str(own.id)}
    if mine["role"] == "broker":
        rows.append(mine)
    else:
        rows = [mine if row["role"] == mine["role"] else row for row in rows]
    form = Form(ReportForm, **{"class": "contract"}, currency=fair.base_currency, place="at_fair", parties=rows)
    asked = entry.guard(form, fair, by=actor, contract=None, negotiation_id=None)
    asked.alike = [one for one in asked.alike if one.readable]
    if form.data and not form.found and asked.passed:
        try:
            row = reporting.report(fair, {k: v for k, v in form.data.items() if k not in entry.OF_THE_PAGE}, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("%(reference)s is at the contract desk. You hear what becomes of it.", reference=row.reference))
            return redirect(url_for(".reported"), 303)
    return entry.entry_page(form, fair, asked, handover=None, report=None, contract=None, reporter=own)


@bp.get("/contracts/reported")
@reads("contracts.report")
def reported() -> Any:
    """What one's organisation reported, the latest first, with what the desk made of it."""
    actor = current_actor()
    page = paged(reporting.own(by=actor), (DealReport.created_at, DealReport.id), cursor=request.args.get("cursor"),
                 bound_to=bound(actor.person_id, actor.organization_id))  # fmt: skip
    found = queries.by_ids([row.contract_id for row in page.rows if row.contract_id], by=actor)
    return render_template("contracts/reported.html", page=page, contracts=found, words=words(), fairs={fair.id: fair for fair in fairs.everyone()})


@bp.get("/staff/reports-of-deals")
@reads("contracts.log")
def reports_at_desk() -> Any:
    """What waits at the desk, the oldest first."""
    actor = current_actor()
    fair = fairs.by_slug(request.args["fair"]) if request.args.get("fair") else None
    if fair is not None and not actor.may("contracts.log", fair_id=fair.id):
        raise NotFound()
    query = reporting.waiting(by=actor, fair_id=fair.id if fair else None)
    page = paged(query, (DealReport.created_at, DealReport.id), descending=False, cursor=request.args.get("cursor"), bound_to=bound(actor.person_id))
    ids = {row.organization_id for row in page.rows}
    organizations = {row.id: row for row in db.session.query(Organization).filter(Organization.id.in_(ids))}
    return render_template(
        "contracts/reports_at_desk.html", page=page, organizations=organizations, words=words(), kinds=DEAL_KINDS,
        fairs={one.id: one for one in fairs.everyone()},
    )  # fmt: skip


@bp.get("/staff/reports-of-deals/<uuid:report_id>")
@reads("contracts.log")
def report_at_desk(report_id: UUID) -> Any:
    return desk_page(report_id, Form(VoidIn))


def desk_page(report_id: UUID, form: Form) -> Any:
    """A reported deal beside the contracts that look like it."""
    actor = current_actor()
    row = reporting.at_desk(report_id, by=actor)
    data = reporting.thawed(row.facts)
    alike = [one for one in duplicates.alike(data, by=actor) if one.readable][: duplicates.SHOWN]
    amounts = [
        (label, data[f"{name}_minor"], words_en(data[f"{name}_minor"], data["currency"]), words_zh(data[f"{name}_minor"], data["currency"]))
        for name, label in (("total", _("Total amount")), ("technology", _("of which technology amount")))
        if data[f"{name}_minor"] is not None
    ]
    contract = queries.by_ids([row.contract_id], by=actor).get(row.contract_id) if row.contract_id else None
    page = render_template(
        "contracts/report_at_desk.html", report=row, data=data, alike=alike, rows=panels.compared(data, alike), words=words(), form=form,
        fair=fairs.get(row.fair_id), organization=db.session.get(Organization, row.organization_id), amounts=amounts, contract=contract,
    )  # fmt: skip
    return page, form.status


def _settled(report_id: UUID, form: Form, do: Any, said: str) -> Any:
    if form.submitted():
        try:
            do()
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(said)
            return redirect(url_for(".reports_at_desk"), 303)
    return desk_page(report_id, form)


@bp.post("/staff/reports-of-deals/<uuid:report_id>/merge")
@writes("contracts.log")
def merge_report(report_id: UUID) -> Any:
    form = Form(SettleIn)
    reporting.at_desk(report_id, by=current_actor())
    return _settled(report_id, form, lambda: reporting.merge(report_id, form.data["contract_id"], by=current_actor()),
                    _("Merged: the deal counts once. Whoever reported it is told."))  # fmt: skip


@bp.post("/staff/reports-of-deals/<uuid:report_id>/refuse")
@writes("contracts.log")
def refuse_report(report_id: UUID) -> Any:
    form = Form(VoidIn)
    reporting.at_desk(report_id, by=current_actor())
    return _settled(report_id, form, lambda: reporting.refuse(report_id, form.data["reason"], by=current_actor()),
                    _("Refused. Whoever reported it reads the reason."))  # fmt: skip
