"""Pages of disclosure: agreements of secrecy, who reads what of a listing, how each audience sees it, data rooms, files."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from marketplace.core import pages, sheets
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.core.sheets import sending
from marketplace.disclosure import agreements, queries, reading, rules, serving, shown
from marketplace.disclosure.models import Agreement
from marketplace.disclosure.schemas import ConfirmIn, ProposeIn
from marketplace.fairs.models import Fair
from marketplace.listings import audiences, events, wording
from marketplace.listings import queries as listings
from marketplace.listings import views as listing_pages
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.models import Kind, Listing
from marketplace.negotiations import queries as negotiations
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization

bp = Blueprint("disclosure", __name__)


@bp.context_processor
def words() -> dict[str, Any]:
    return {"shown": shown, "wording": wording, "Level": Level}


@bp.get("/agreements")
@reads("negotiations.read")
def mine() -> str:
    """The agreements of secrecy of the organisation one acts for, the latest first."""
    actor = current_actor()
    page = paged(queries.of_mine(by=actor), queries.BY_TIME, cursor=request.args.get("cursor") or None, bound_to=pages.bound(actor.organization_id))
    rows: list[Agreement] = list(page.rows)
    organizations = queries.names({row.other_side(actor.organization_id) for row in rows})
    return render_template("disclosure/mine.html", page=page, organizations=organizations, mine=actor.organization_id, at=now())


@bp.route("/negotiations/<uuid:negotiation_id>/agreements/new", methods=["GET", "POST"])
@writes("negotiations.write")
def propose(negotiation_id: UUID) -> Any:
    """Choose a standard text, its last day, and what is special; then read it whole."""
    actor = current_actor()
    thread = negotiations.thread(negotiation_id, by=actor)
    if thread.negotiation.stage not in rules.TALKING:
        raise IllegalMove(_("An agreement of secrecy is proposed once the interest is accepted, and until the talks end."))
    form = Form(ProposeIn, template="mutual")
    if form.submitted():
        try:
            agreement = agreements.propose(negotiation_id, **form.data, by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Proposed. Read the text, then confirm it for your side."))
            return redirect(url_for(".agreement", agreement_id=agreement.id), 303)
    return render_template("disclosure/propose.html", form=form, thread=thread, templates=list(shown.TEMPLATES.items())), form.status


@bp.get("/agreements/<uuid:agreement_id>")
@reads("negotiations.read")
def agreement(agreement_id: UUID) -> str:
    """An agreement with its text: what both sides confirm, and till when it opens what."""
    return render_template("disclosure/agreement.html", **_facts(queries.one(agreement_id, by=current_actor())))


def _facts(row: Agreement) -> dict[str, Any]:
    organizations = queries.names((row.provider_id, row.recipient_id))
    negotiation = db.session.get_one(Negotiation, row.negotiation_id)
    actor = current_actor()
    mine_confirmed = row.provider_confirmed_at if actor.organization_id == row.provider_id else row.recipient_confirmed_at
    return {
        "agreement": row, "provider": organizations[row.provider_id], "recipient": organizations[row.recipient_id], "negotiation": negotiation,
        "fair": db.session.get_one(Fair, negotiation.fair_id), "state": rules.standing(row, now()), "mine_confirmed": mine_confirmed,
        "paragraphs": {"en": row.text_en.split("\n\n"), "zh": row.text_zh.split("\n\n")},
    }  # fmt: skip


@bp.post("/agreements/<uuid:agreement_id>/confirm")
@writes("negotiations.write")
def confirm(agreement_id: UUID) -> Redirect:
    """Agree to the text that the page showed."""
    form = Form(ConfirmIn)
    if not form.submitted():
        raise NotFound()
    row = agreements.confirm(agreement_id, form.data["content_hash"], by=current_actor())
    say(_("The agreement is in force.") if row.begun_at else _("Confirmed for your side. It is in force once the other side confirms it too."))
    return redirect(url_for(".agreement", agreement_id=agreement_id), 303)


@bp.post("/agreements/<uuid:agreement_id>/end")
@writes("negotiations.write")
def end(agreement_id: UUID) -> Redirect:
    """Withdraw it, or end it for the future."""
    agreements.end(agreement_id, by=current_actor())
    say(_("Ended: what it opened is closed now."))
    return redirect(url_for(".agreement", agreement_id=agreement_id), 303)


@bp.get("/agreements/<uuid:agreement_id>.pdf")
@reads("negotiations.read")
def agreement_pdf(agreement_id: UUID) -> Response:
    """The text in both languages, with the parties, the hash, and who confirmed when."""
    facts = _facts(queries.one(agreement_id, by=current_actor()))
    row, zone = facts["agreement"], facts["fair"].time_zone
    lines = [
        (_("Negotiation"), facts["negotiation"].reference), (_("Provider"), facts["provider"].name), (_("Recipient"), facts["recipient"].name),
        (_("State"), str(shown.STATES[facts["state"]])), (_("Last day"), row.ends_on.isoformat()), (_("Hash of the text"), row.content_hash),
        *((label, sending.moment_in_words(zone, at)) for label, at in (
            (_("Confirmed by the provider"), row.provider_confirmed_at), (_("Confirmed by the recipient"), row.recipient_confirmed_at),
            (_("Ended"), row.ended_at),
        ) if at is not None),
    ]  # fmt: skip
    columns = [sheets.Column(label="English", weight=14), sheets.Column(label="中文", weight=10)]
    english, chinese = facts["paragraphs"]["en"], facts["paragraphs"]["zh"]
    table = sheets.Table(title=_("Text"), columns=columns, rows=_beside(english, chinese))
    book = sheets.Book(name=f"agreement-{facts['negotiation'].reference.lower()}", title=_("Agreement of secrecy"), facts=lines, tables=[table])
    return sending.answer(book, "pdf", zone=zone)


def _beside(english: list[str], chinese: list[str]) -> Iterable[list[str | None]]:
    longest = max(len(english), len(chinese))
    return ([english[i] if i < len(english) else None, chinese[i] if i < len(chinese) else None] for i in range(longest))


@bp.get("/listings/<uuid:listing_id>/access")
@reads("listings.read_own")
def access(listing_id: UUID) -> str:
    """For the owner: who may read what and till when, who did, and how each audience sees the listing."""
    actor = current_actor()
    listing = queries.own_listing(listing_id, by=actor)
    page = paged(
        queries.reads(listing.id), queries.READ_KEYS, cursor=request.args.get("cursor") or None, bound_to=pages.bound(listing.id), scalars=False
    )
    content = listings.own_one(listing_id, by=actor)
    return render_template(
        "disclosure/access.html", listing=listing, content=content, partners=queries.partners(listing), page=page, levels=_by_level(content),
        may_close=actor.may("negotiations.write"),
    )  # fmt: skip


def _by_level(content: dict[str, Any]) -> list[tuple[Level, list[str], list[str]]]:
    """(level, groups, titles of files) of what is kept for a level, the lowest first."""
    found: dict[Level, tuple[list[str], list[str]]] = {}
    for group, level in sorted(content["levels"].items()):
        found.setdefault(Level(level), ([], []))[0].append(str(wording.groups()[group]))
    for row in content["files"]:
        found.setdefault(Level(row["level"]), ([], []))[1].append(row["title"])
    return [(level, *found[level]) for level in sorted(found, key=lambda level: level.rank)]


@bp.post("/listings/<uuid:listing_id>/access/<uuid:organization_id>/close")
@writes("negotiations.write")
def close(listing_id: UUID, organization_id: UUID) -> Redirect:
    """Close the reserved parts to one partner."""
    reading.close(listing_id, organization_id, by=current_actor())
    say(_("Closed: this partner reads what registered visitors read."))
    return redirect(url_for(".access", listing_id=listing_id), 303)


@bp.post("/listings/<uuid:listing_id>/access/<uuid:organization_id>/open")
@writes("negotiations.write")
def reopen(listing_id: UUID, organization_id: UUID) -> Redirect:
    """Open them again."""
    reading.reopen(listing_id, organization_id, by=current_actor())
    say(_("Open again, as far as your negotiation goes."))
    return redirect(url_for(".access", listing_id=listing_id), 303)


@bp.get("/listings/<uuid:listing_id>/as/<level>")
@reads("listings.read_own")
def seen_as(listing_id: UUID, level: str) -> str:
    """An own listing's page as an audience would see its newest version, or with ``?version=public`` sees the public one."""
    if level not in {each.value for each in shown.SEEN_AS}:
        raise NotFound()
    newest = request.args.get("version") != "public"
    listing = listings.seen_as(listing_id, Level(level), by=current_actor(), newest=newest)
    return render_template(
        "disclosure/seen_as.html", listing=listing, places=listings.shown_at(listing_id), is_own=False, entries=[], actions=[],
        panels=events.panels(listing, None), chosen=Level(level), newest=newest, **listing_pages.words(),
    )  # fmt: skip


@bp.get("/data-room/<uuid:listing_id>")
@reads("negotiations.read")
def data_room(listing_id: UUID) -> str | Redirect:
    """For a partner: what of a listing is open to them, till when, and its files; its owner is led to who reads what. Raises NotFound."""
    actor = current_actor()
    row = db.session.get(Listing, listing_id)
    if row is None or row.public_number is None:
        raise NotFound()
    kind, owner_id = Kind(row.kind), row.organization_id
    listing = listings.public_one(kind, listing_id, by=actor)
    if listing["audience"] is Level.NEVER:
        return redirect(url_for(".access", listing_id=listing_id), 303)
    if listing["audience"] not in audiences.UPPER:
        raise NotFound()
    owner, until = db.session.get_one(Organization, owner_id), queries.until(listing_id, owner_id, by=actor)
    page = render_template(
        "disclosure/data_room.html", listing=listing, owner=owner, until=until, files=files.shown(listing["files"]),
        groups=[group for group in listing["upper"] if group != "files"],
    )  # fmt: skip
    audiences.note(audiences.Reading(
        listing_id=listing_id, number=listing["number"], level=listing["audience"], groups=tuple(group for group in listing["upper"] if group == "files")
    ), by=actor)  # fmt: skip
    return page


@bp.get("/files/<uuid:file_id>")
@reads(PUBLIC)
def file(file_id: UUID) -> Response:
    """A listing's file, for whom it is open now."""
    return serving.sent(file_id, by=current_actor_or_none())


@bp.get("/files/<uuid:file_id>/small")
@reads(PUBLIC)
def small(file_id: UUID) -> Response:
    """A small version of a picture."""
    return serving.sent(file_id, small=True, by=current_actor_or_none())


def address_of(file_id: UUID, small: bool) -> str:
    """Where a file of a listing is served, whole or small."""
    return str(url_for("disclosure.small" if small else "disclosure.file", file_id=file_id))


def register(app: Flask) -> None:
    app.register_blueprint(bp)
