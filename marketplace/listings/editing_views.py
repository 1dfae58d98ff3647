"""Pages that write a listing: a new draft, and the form of an own one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext, language
from marketplace.core.layout import say
from marketplace.core.money import CURRENCIES, to_text
from marketplace.listings import drafting, parameters, rules
from marketplace.listings.models import Kind
from marketplace.listings.schemas import FORMS, UNKNOWN
from marketplace.taxonomy import units
from marketplace.taxonomy import vocabularies as v

MAIN_CURRENCIES = ("CNY", "EUR", "USD", "GBP", "JPY")


def _form_choices(kind: Kind) -> dict[str, Any]:
    code = language()
    main = [(currency, currency) for currency in MAIN_CURRENCIES]
    return {
        "fields": v.WIPO_FIELDS.choices(code), "deal_kinds": v.DEAL_KINDS.choices(code), "exclusivity": v.EXCLUSIVITY.choices(code),
        "countries": v.COUNTRIES.choices(code), "partner_kinds": v.PARTNER_KINDS.choices(code), "stages": v.STAGES.choices(code),
        "currencies": main + [(currency, currency) for currency in sorted(CURRENCIES) if currency not in MAIN_CURRENCIES],
        "levels": [(UNKNOWN, gettext("unknown")), *((term.code, f"{term.code} · {term.label(code)}") for term in v.TRL.values())],
        "ip_status": [(UNKNOWN, gettext("unknown")), *v.IP_STATUS.choices(code)],
        "price_modes": [(UNKNOWN, gettext("unknown")), *v.PRICE_MODES.choices(code)],
        "languages": v.LANGUAGES.choices(code), "operators": _operators(kind), "common_units": units.COMMON,
        "units": [("one", gettext("as written")), ("thousand", gettext("thousand")), ("wan", "万"), ("million", gettext("million")), ("yi", "亿"), ("billion", gettext("billion"))],
    }  # fmt: skip


def _operators(kind: Kind) -> list[tuple[str, str]]:
    """What a need asks for most is a least value, what an achievement says most is a value."""
    words = {">=": "≥", "<=": "≤", "=": "=", parameters.RANGE: gettext("range")}
    first = parameters.OPERATORS if kind is Kind.NEED else ("=", parameters.RANGE, ">=", "<=")
    return [(operator, words[operator]) for operator in first]


@writes("listings.write")
def new() -> Any:
    """Write a draft: ``?kind=need`` for a need."""
    kind = Kind(request.args["kind"]) if request.args.get("kind") in {each.value for each in Kind} else Kind.ACHIEVEMENT
    form = Form(FORMS[kind], currency="CNY", unit="one")
    if form.submitted():
        form.data.pop("version")
        try:
            listing = drafting.create(kind, form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("%(reference)s is saved as a draft. Nobody else can read it yet.", reference=listing.reference))
            return redirect(url_for("listings.mine", listing_id=listing.id), 303)
    return render_template("listings/edit.html", form=form, kind=kind, listing=None, choices=_form_choices(kind)), form.status


@writes("listings.write")
def edit(listing_id: UUID) -> Any:
    actor = current_actor()
    listing = drafting.own(listing_id, by=actor)
    content = rules.content_of(drafting.newest_version(listing))
    form = Form(FORMS[listing.kind], **_as_typed(content), external_id=listing.external_id, version=listing.version, unit="one")
    checking = request.method == "GET" and bool(request.args.get("check"))
    if checking:
        form.found = rules.submission_faults(listing.kind, content)
    elif form.submitted():
        expected = form.data.pop("version")
        try:
            listing = drafting.edit(listing_id, form.data, by=actor, expected=expected)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Saved. Visitors see the change once you submit it and the moderator approves it.") if listing.public_number else gettext("Saved."))
            return redirect(url_for("listings.mine", listing_id=listing_id), 303)
    status = 200 if request.method == "GET" else form.status
    return render_template("listings/edit.html", form=form, kind=listing.kind, listing=listing, choices=_form_choices(listing.kind), checking=checking), status


def _as_typed(content: dict[str, Any]) -> dict[str, Any]:
    """A version's content as the form's inputs show it."""
    typed = {name: value for name, value in content.items() if not name.endswith("_minor") and name != "unknowns"}
    for name in ("amount_min", "amount_max"):
        minor = content[f"{name}_minor"]
        typed[name] = None if minor is None else to_text(minor, content["currency"])
    for question in set(content["unknowns"]) & {"trl", "min_trl", "ip_status", "price_mode"}:  # the others are ticked
        typed[question] = UNKNOWN
    for name in ("valid_until", "deadline"):
        typed[name] = typed[name].isoformat() if hasattr(typed[name], "isoformat") else typed[name]
    return typed | {"unknown": content["unknowns"]}


def attach(bp: Blueprint) -> None:
    """Put the form's pages onto the blueprint of listings."""
    bp.route("/listings/new", methods=["GET", "POST"])(new)
    bp.route("/listings/<uuid:listing_id>/edit", methods=["GET", "POST"])(edit)
