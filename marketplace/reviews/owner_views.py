"""What an owner sees of the review on the pages of a listing: notes beside the fields, what to tick off, and what a reviewer would say."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from markupsafe import Markup

from marketplace.core.access import Actor, current_actor, writes
from marketplace.core.layout import part
from marketplace.listings import events
from marketplace.listings.checks import leaks
from marketplace.reviews import cases, history, wording
from marketplace.reviews.models import GENERAL
from marketplace.reviews.views import bp, words

FORM_FIELDS = {"amount_min_minor": "amount_min", "amount_max_minor": "amount_max", "unknowns": "unknown"}
"""Columns that the form calls differently."""


@bp.post("/listings/<uuid:listing_id>/notes/<uuid:note_id>")
@writes("listings.write")
def tick(listing_id: UUID, note_id: UUID) -> Any:
    """Say that a note is done with, or (``done=no``) that it is not."""
    history.tick(note_id, listing_id=listing_id, done=request.form.get("done") != "no", by=current_actor())
    return redirect(url_for("listings.mine", listing_id=listing_id, _anchor="notes"), 303)


def _part(template: str, **values: Any) -> Markup:
    return part(template, **words(), **values)


def panel(listing: dict[str, Any], actor: Actor) -> Markup | None:
    """Notes of the last decisions, each to be ticked off."""
    notes = history.open_notes(listing["id"])
    return _part("reviews/_own.html", listing=listing, notes=notes, form_fields=FORM_FIELDS, GENERAL=GENERAL) if notes else None


def advice(listing: dict[str, Any], actor: Actor) -> Markup | None:
    """What a reviewer would say of the newest version."""
    findings, near = cases.own_case(listing["id"])
    return _part("reviews/_advice.html", listing=listing, findings=findings, near=near, form_fields=FORM_FIELDS) if findings or near else None


def beside(listing_id: UUID) -> dict[str, list[Markup]]:
    """The notes that are not ticked off, and what the saved version gives away, by the form's field."""
    found: dict[str, list[Markup]] = {}

    def say(field: str, **values: Any) -> None:
        found.setdefault(FORM_FIELDS.get(field, field), []).append(_part("reviews/_note.html", **values))

    for note in history.open_notes(listing_id):
        if note["done_at"] is None and note["field"] != GENERAL:
            say(note["field"], note=note)
    for finding in cases.own_findings(listing_id):
        if finding.code in leaks.SENTENCES:
            say(finding.field, finding=finding)
    return found


def decisions(listing_id: UUID) -> list[events.Decision]:
    """All decisions, without who decided."""
    return [
        events.Decision(
            number=each["number"], at=each["at"], fair_en=each["name_en"], fair_zh=each["name_zh"],
            label=str(wording.VERDICTS[each["verdict"]]), reason=each["reason"],
        )
        for each in history.of_listing(listing_id)
    ]  # fmt: skip


def register() -> None:
    events.own_panel(panel)
    events.advise(advice)
    events.note_beside(beside)
    events.decided(decisions)
