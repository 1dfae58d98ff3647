"""Pages of the moderator: what waits, oldest first, and the decision on one entry with what changed."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.listings import deciding, parameters, queries, rules
from marketplace.listings.models import Kind
from marketplace.listings.schemas import PublishIn, SendBackIn
from marketplace.taxonomy import vocabularies as v

VOCABULARIES = {
    "technology_codes": v.WIPO_FIELDS, "deal_kinds": v.DEAL_KINDS, "exclusivity": v.EXCLUSIVITY, "country": v.COUNTRIES,
    "target_countries": v.COUNTRIES, "excluded_countries": v.COUNTRIES, "partner_kinds": v.PARTNER_KINDS, "stage": v.STAGES,
    "languages": v.LANGUAGES, "ip_status": v.IP_STATUS, "price_mode": v.PRICE_MODES, "source_country": v.COUNTRIES,
}  # fmt: skip


@reads("listings.moderate")
def moderation() -> str:
    actor = current_actor()
    cursor = request.args.get("cursor") or None
    page = paged(
        queries.queue(by=actor), queries.QUEUE_KEYS, cursor=cursor, descending=False, bound_to=pages.bound(actor.person_id), scalars=False
    )
    count, oldest = queries.queue_state(by=actor)
    return render_template("listings/moderation.html", page=page, count=count, oldest=oldest)


@reads("listings.moderate")
def case(entry_id: UUID) -> Any:
    return _case_page(entry_id, Form(SendBackIn))


@writes("listings.moderate")
def publish(entry_id: UUID) -> Any:
    data = PublishIn().load({"number": request.form.get("number") or None})
    entry = deciding.publish(entry_id, by=current_actor(), number=data["number"])
    say(gettext("Published, version %(number)s.", number=entry.published_number))
    return redirect(url_for("listings.moderation"), 303)


@writes("listings.moderate")
def send_back(entry_id: UUID) -> Any:
    form = Form(SendBackIn)
    if form.submitted():
        try:
            deciding.send_back(entry_id, by=current_actor(), **form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Sent back with your reason."))
            return redirect(url_for("listings.moderation"), 303)
    return _case_page(entry_id, form)


def _case_page(entry_id: UUID, form: Form) -> Any:
    """The text that waits, beside what is public now when it is an update."""
    actor = current_actor()
    entry, submitted, published = queries.case_of(entry_id, by=actor)
    content = submitted or published
    changes = [_change(name, published, submitted) for name in rules.differences(published, submitted)] if published and submitted else []
    owners = {membership.slug for membership in actor.memberships}
    asked = rules.submission_faults(Kind(entry.kind), content) if content else ()
    return render_template(
        "listings/case.html", entry=entry, content=content and queries.as_json(content), changes=changes, is_update=bool(published and submitted),
        form=form, own=entry.owner_slug in owners, asked=asked,
    ), form.status  # fmt: skip


def _change(name: str, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """One changed field: pieces of text, or both values in words."""
    before, after = old[name], new[name]
    if name.rsplit("_", 1)[0] in {"title", "summary", "description", "advantages", "requirement"} and before and after:
        return {"label": rules.label_of(name), "pieces": rules.text_changes(before, after)}
    return {"label": rules.label_of(name), "old": _in_words(name, before, old), "new": _in_words(name, after, new)}


def _in_words(name: str, value: Any, content: dict[str, Any]) -> str:
    if value is None or value == []:
        return ""
    if name in VOCABULARIES:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(VOCABULARIES[name].label(code, language()) for code in codes)
    if name == "parameters":
        return parameters.to_text(value)
    if name.endswith("_minor"):
        shown = queries.as_json(content) or {}
        return f"{content['currency']} {shown[name.removesuffix('_minor')]}"
    return ", ".join(str(rules.label_of(each)) if each in rules.BLANK else each for each in value) if isinstance(value, list) else str(value)


def attach(bp: Blueprint) -> None:
    """Put the moderator's pages onto the blueprint of listings."""
    bp.get("/staff/moderation")(moderation)
    bp.get("/staff/moderation/<uuid:entry_id>")(case)
    bp.post("/staff/moderation/<uuid:entry_id>/publish")(publish)
    bp.post("/staff/moderation/<uuid:entry_id>/send-back")(send_back)
