"""Pages on which an organisation says what it thinks of a match: shortlist, put away, take back; and its shortlist."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.db import snapshot
from marketplace.core.errors import DomainError, NotFound, Stale
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.layout import say
from marketplace.core.sheets import sending
from marketplace.listings.models import Kind
from marketplace.matching import feedback, keeping
from marketplace.matching.models import Verdict
from marketplace.matching.schemas import NOTE, DismissIn, TakenBackIn
from marketplace.matching.views import KINDS, address, bp
from marketplace.taxonomy.vocabularies import DISMISS_REASONS

ZONE = "UTC"


@bp.post("/matches/<uuid:need_id>/<uuid:achievement_id>/shortlist")
@writes("matching.write")
def keep(need_id: UUID, achievement_id: UUID) -> Answer:
    """Keep a match on the organisation's shortlist."""
    form = _button()
    try:
        feedback.shortlist(need_id, achievement_id, by=current_actor(), seen=form["seen"])
    except Stale:
        return _changed(need_id, achievement_id, form["at"])
    say(_("It is on your shortlist."))
    return _back(need_id, achievement_id, form["at"])


@bp.route("/matches/<uuid:need_id>/<uuid:achievement_id>/dismiss", methods=["GET", "POST"])
@writes("matching.write")
def put_away(need_id: UUID, achievement_id: UUID) -> Any:
    """Put a match away with one of six reasons; as a page of its own for the note, and for whoever forgot the reason."""
    actor = current_actor()
    need, achievement = feedback.check_pair(need_id, achievement_id, by=actor)
    said = feedback.of_listing(actor.organization_id, need_id=need_id).get(achievement_id)
    reason = request.args.get("reason") or ""
    at = request.args.get("at") or ("need" if need.organization_id == actor.organization_id else "achievement")
    form = Form(DismissIn, reason=reason if reason in DISMISS_REASONS else "", at=at, seen=said.version if said else 0)
    if form.submitted():
        try:
            feedback.dismiss(need_id, achievement_id, form.data["reason"], note=form.data["note"], by=actor, seen=form.data["seen"])
        except Stale:
            return _changed(need_id, achievement_id, form.data["at"])
        except DomainError as error:
            form.refused(error)
        else:
            return _back(need_id, achievement_id, form.data["at"], away=True)
    mine = need if need.organization_id == actor.organization_id else achievement
    other = achievement if mine is need else need
    return render_template(
        "matching/dismiss.html", form=form, other=keeping.named(other), longest=NOTE, reasons=DISMISS_REASONS.choices(language()),
        cancel=address(mine.kind, mine.id),
    ), form.status  # fmt: skip


@bp.post("/matches/<uuid:need_id>/<uuid:achievement_id>/take-back")
@writes("matching.write")
def take_back(need_id: UUID, achievement_id: UUID) -> Answer:
    """Off the shortlist, or back among the matches."""
    form = _button()
    try:
        was = feedback.take_back(need_id, achievement_id, by=current_actor(), seen=form["seen"])
    except Stale:
        return _changed(need_id, achievement_id, form["at"])
    except NotFound:
        feedback.check_pair(need_id, achievement_id, by=current_actor())
        return _changed(need_id, achievement_id, form["at"])
    say(_("It is back among the matches.") if was.verdict is Verdict.DISMISSED else _("It is off your shortlist."))
    return _back(need_id, achievement_id, form["at"])


@bp.get("/matches/shortlist")
@reads("matching.read")
def shortlist() -> str:
    """What the organisation keeps: for each of its needs the achievements, or for each achievement the needs."""
    actor = current_actor()
    kind = keeping.side(request.args.get("kind"), by=actor)
    page = keeping.page(kind, by=actor, cursor=request.args.get("cursor") or None, bound_to=pages.bound(actor.organization_id, kind))
    return render_template("matching/shortlist.html", page=page, groups=keeping.groups(kind, page.rows, by=actor), kind=kind, kinds=KINDS, address=address, now=now)


@bp.get("/matches/shortlist/export.<format>")
@reads("matching.read")
def export_shortlist(format: str) -> Response:
    """The same as a file, whole."""
    sending.chosen(format)
    actor = current_actor()
    snapshot()
    kind = keeping.side(request.args.get("kind"), by=actor)
    return sending.answer(keeping.book(kind, by=actor, zone=ZONE), format, zone=ZONE)


def _button() -> dict[str, Any]:
    """What a form of one button says. Raises NotFound for one that is not ours."""
    form = Form(TakenBackIn)
    if not form.submitted():
        raise NotFound()
    return form.data


def _changed(need_id: UUID, achievement_id: UUID, at: str) -> Answer:
    say(_("A colleague said something else of this match in the meantime. Here it is as it stands now."), "warning")
    return _back(need_id, achievement_id, at)


def _back(need_id: UUID, achievement_id: UUID, at: str, *, away: bool = False) -> Answer:
    """To the page that the button was on; what was just put away is named there, so that it can be put back at once."""
    if at == "shortlist":
        return redirect(url_for("matching.shortlist"), 303)
    kind = Kind(at)
    mine, other = (need_id, achievement_id) if kind is Kind.NEED else (achievement_id, need_id)
    return redirect(url_for(f"matching.{kind.value}", listing_id=mine, away=other if away else None), 303)
