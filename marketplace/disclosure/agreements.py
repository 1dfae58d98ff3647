"""Agreements of secrecy: proposed from a standard text, confirmed by both sides, ended by either for the future."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.states import check_move
from marketplace.disclosure import queries, rules
from marketplace.disclosure.models import MOVES, Agreement, State, Template
from marketplace.fairs.models import Fair
from marketplace.negotiations import queries as negotiations
from marketplace.negotiations import staging, steps
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization


def propose(
    negotiation_id: UUID, *, template: str | Template, ends_on: date, special_terms: str | None = None, by: Actor
) -> Agreement:
    """Put a standard text before both sides of a thread that talk; neither has confirmed it yet.

    Raises NotFound, Forbidden, IllegalMove (not talking), Duplicate (one is proposed or in force), Invalid (last day).
    """
    negotiation = negotiations.get(negotiation_id, by=by, lock=True)
    mine = steps.acting(by)
    if negotiation.stage not in rules.TALKING:
        raise IllegalMove(gettext("An agreement of secrecy is proposed once the interest is accepted, and until the talks end."))
    fair, at = db.session.get_one(Fair, negotiation.fair_id), now()
    today = at.astimezone(ZoneInfo(fair.time_zone)).date()
    if not today + rules.LEAST <= ends_on <= rules.last_day(today):
        raise Invalid.field("ends_on", "last_day", gettext("The last day is at least one day and at most ten years from today."))
    former = queries.open_one(negotiation.id, lock=True)
    if former is not None and rules.standing(former, at) is former.state:
        raise Duplicate(gettext("An agreement is proposed or in force already: end it before you propose another one."))
    if former is not None:  # its time is over
        _close(former, rules.standing(former, at), by=by, ended_by=None)
        db.session.flush()
    text_en, text_zh = rules.texts(_terms(negotiation, template=Template(template), ends_on=ends_on, special_terms=special_terms, by=by))
    agreement = Agreement(
        negotiation_id=negotiation.id, open_key=negotiation.id, provider_id=negotiation.provider_id, recipient_id=negotiation.recipient_id,
        proposed_by_id=mine, proposed_by_person_id=by.person_id, proposed_at=at, template=Template(template), special_terms=special_terms,
        ends_on=ends_on, ends_at=rules.ends_at(ends_on, fair.time_zone), text_en=text_en, text_zh=text_zh,
        content_hash=rules.content_hash(text_en, text_zh), state=State.PROPOSED,
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(agreement)
    except IntegrityError as error:
        raise Duplicate() from error
    return _finish("propose", agreement, by=by, tell="proposed")


def _terms(negotiation: Negotiation, *, template: Template, ends_on: date, special_terms: str | None, by: Actor) -> rules.Terms:
    thread = negotiations.thread(negotiation.id, by=by)
    about = tuple(
        (each.reference, each.title_en or each.title_zh or "", each.title_zh or each.title_en or "")
        for each in (thread.achievement, thread.need)
        if each is not None
    )
    provider, recipient = (db.session.get_one(Organization, side) for side in (negotiation.provider_id, negotiation.recipient_id))
    return rules.Terms(
        template=template, provider=_party(provider), recipient=_party(recipient), about=about, reference=negotiation.reference, ends_on=ends_on,
        special_terms=special_terms,
    )  # fmt: skip


def _party(side: Organization) -> rules.Party:
    return rules.Party(name_en=side.name_en or side.name_zh or "", name_zh=side.name_zh or side.name_en or "", country=side.country)


def confirm(agreement_id: UUID, content_hash: str, *, by: Actor) -> Agreement:
    """One side agrees to the text whose hash it names; in force when both did. To repeat it changes nothing.

    Raises NotFound, Forbidden, Stale (another text), IllegalMove (not proposed any more, or the talks have ended).
    """
    agreement, mine = _locked(agreement_id, by=by)
    if content_hash != agreement.content_hash:
        raise Stale()
    at, is_provider = now(), mine == agreement.provider_id
    standing = rules.standing(agreement, at)
    if standing is State.IN_FORCE and agreement.state is State.IN_FORCE:
        return agreement  # the other one was faster, or this is the second press of a button
    if standing is not State.PROPOSED:
        raise IllegalMove(start=standing.value, end=State.IN_FORCE.value)
    if db.session.get_one(Negotiation, agreement.negotiation_id).stage not in rules.TALKING:
        raise IllegalMove(gettext("The talks have ended: nothing can be agreed in this thread any more."))
    if (agreement.provider_confirmed_at if is_provider else agreement.recipient_confirmed_at) is not None:
        return agreement
    if is_provider:
        agreement.provider_confirmed_at, agreement.provider_confirmed_by = at, by.person_id
    else:
        agreement.recipient_confirmed_at, agreement.recipient_confirmed_by = at, by.person_id
    if agreement.provider_confirmed_at is not None and agreement.recipient_confirmed_at is not None:
        agreement.state = check_move(MOVES, agreement.state, State.IN_FORCE)
        agreement.begun_at = at
        staging.keep_secret(agreement.negotiation_id, by=by)
        return _finish("begin", agreement, by=by, tell="in_force", both=True)
    return _finish("confirm", agreement, by=by, tell="confirmed")


def end(agreement_id: UUID, *, by: Actor) -> Agreement:
    """Close access at once: a proposal is withdrawn, one in force ended for the future. Raises NotFound, Forbidden, IllegalMove."""
    agreement, mine = _locked(agreement_id, by=by)
    standing = rules.standing(agreement, now())
    state = State.WITHDRAWN if standing is State.PROPOSED else State.ENDED
    if standing is not agreement.state or agreement.open_key is None:
        raise IllegalMove(start=standing.value, end=state.value)
    _close(agreement, state, by=by, ended_by=mine)
    return agreement


def _close(agreement: Agreement, state: State, *, by: Actor, ended_by: UUID | None) -> None:
    agreement.state = check_move(MOVES, agreement.state, state)
    agreement.ended_at, agreement.ended_by_id, agreement.open_key = now() if ended_by else agreement.ends_at, ended_by, None
    _finish("end", agreement, by=by, tell="ended" if ended_by else None, both=False)


def _locked(agreement_id: UUID, *, by: Actor) -> tuple[Agreement, UUID]:
    """One of one's own agreements under its lock, after that of its thread, and the side acted for. Raises NotFound, Forbidden."""
    found = queries.one(agreement_id, by=by)
    mine = steps.acting(by)
    negotiations.get(found.negotiation_id, by=by, lock=True)
    agreement = queries.one(agreement_id, by=by, lock=True)
    if mine not in (agreement.provider_id, agreement.recipient_id):
        raise NotFound()
    return agreement, mine


def _finish(action: str, agreement: Agreement, *, by: Actor, tell: str | None, both: bool = False) -> Agreement:
    fair_id = db.session.get_one(Negotiation, agreement.negotiation_id).fair_id
    db.session.flush()
    audit.record(
        f"disclosure.{action}", f"agreement:{agreement.id}", by=by, fair_id=fair_id, after=agreement.content_hash, state=agreement.state.value,
        negotiation=str(agreement.negotiation_id),
    )  # fmt: skip
    if tell is not None:
        mine = by.organization_id
        for side in (agreement.provider_id, agreement.recipient_id):
            if both or side != mine:
                jobs.enqueue("disclosure.tell", step=tell, agreement_id=str(agreement.id), organization_id=str(side))
    return agreement
