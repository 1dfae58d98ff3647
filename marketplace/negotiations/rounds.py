"""Rounds of terms: offered, countered, withdrawn, agreed; and the end of talks that came to nothing, with a reason."""

from uuid import UUID

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FieldError, Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.negotiations import queries, rules, steps
from marketplace.negotiations.models import Negotiation, Round, RoundStatus, Stage
from marketplace.negotiations.points import asking
from marketplace.taxonomy.vocabularies import LOST_REASONS


class TermsAgreed(DomainError):
    """Both sides agreed: the same again with ``reopen`` opens the terms."""

    slug, title = "terms-agreed", _l("Terms are agreed")
    text = _l("Both sides agreed to terms. Send it again with reopen to open them again.")


def offer(negotiation_id: UUID, terms: rules.Terms, *, after: int | None = None, reopen: bool = False, by: Actor) -> Round:
    """Put terms on the table: the first ones, new ones, a counter to the other side's open round, or, with ``reopen``, to what was agreed.

    ``after`` is the number of the last round the person saw (0 for none). What was agreed counts no more once it is opened again, whatever
    becomes of the new round. Raises NotFound, Forbidden, IllegalMove (not talking, or handed over), Stale (a round was made in the
    meantime), TermsAgreed, DomainError (one's own round is open), Invalid (already past).
    """
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    agreed = rules.agreed_round(rounds) if negotiation.stage in rules.AGREED else None
    if negotiation.stage not in rules.ACTS["offer"][0] or (agreed and queries.handover_of(negotiation.id) is not None):
        raise IllegalMove(gettext("Terms can be offered once the interest is accepted, and until they are handed over, the talks pause or end."))
    if after is not None and after != len(rounds):
        raise Stale()
    if agreed and not reopen:
        detail = gettext("You both agreed to round %(number)s. With new terms it counts no more, until one of you agrees again.", number=agreed.number)
        raise TermsAgreed(errors=(FieldError("/reopen", "terms_agreed", detail),))
    if terms.valid_until is not None and terms.valid_until <= at:
        raise Invalid.field("valid_until", "past", gettext("This moment is over already."))
    waiting = rules.open_round(rounds, at)
    if waiting is not None and waiting.organization_id == by.organization_id:
        raise DomainError(gettext("Your round %(number)s is open: withdraw it first, or wait for the answer.", number=waiting.number))
    answered = waiting or agreed
    if answered is not None:
        steps.close_round(answered, RoundStatus.COUNTERED, at=at, by=by)
    db.session.flush()  # frees the place of the one open round before the new one takes it
    made = Round(
        negotiation_id=negotiation.id, number=len(rounds) + 1, organization_id=steps.acting(by), person_id=by.person_id,
        amount_minor=terms.amount_minor, technology_amount_minor=terms.technology_amount_minor, currency=terms.currency,
        undisclosed=terms.undisclosed, kind=terms.kind, exclusivity=terms.exclusivity, royalty_bp=terms.royalty_bp,
        valid_until=terms.valid_until, note=terms.note, status=RoundStatus.OPEN, made_at=at,
    )  # fmt: skip
    db.session.add(made)
    steps.move(negotiation, Stage.COUNTERED if answered else Stage.TERMS_PROPOSED, at=at)
    act = "reopen" if agreed else "counter" if waiting else "offer"
    steps.finish(act, negotiation, [*rounds, made], by=by, at=at, tell="reopened" if agreed else "round")
    return made


def withdraw(negotiation_id: UUID, number: int, *, by: Actor) -> Round:
    """Take one's own open round back. Raises NotFound, Forbidden (the other side's), IllegalMove (not open)."""
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    made = _numbered(rounds, number)
    if made.organization_id != by.organization_id:
        raise Forbidden(gettext("Only the organisation that made a round can withdraw it."))
    if negotiation.stage not in rules.BARGAINING:
        raise IllegalMove(gettext("The talks are paused, agreed or over: no round is taken back now."))
    steps.close_round(made, RoundStatus.WITHDRAWN, at=at, by=by)
    steps.finish("withdraw_round", negotiation, rounds, by=by, at=at)
    return made


def agree(negotiation_id: UUID, number: int, *, accept_open_points: bool = False, by: Actor) -> Negotiation:
    """Say yes to the other side's open round, named by its number: nobody agrees to terms they did not see.

    Raises NotFound, Forbidden (one's own round), IllegalMove (it ran out or was answered), Invalid (amount, kind or currency
    left open), PointsOpen.
    """
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    made = _numbered(rounds, number)
    if made.organization_id == by.organization_id:
        raise Forbidden(gettext("This is your own round: the other side agrees."))
    if negotiation.stage is Stage.PAUSED:
        raise IllegalMove(gettext("The talks are paused: go on with them first."))
    missing = rules.lacking(made) if made.status is RoundStatus.OPEN else []
    if missing:
        names = ", ".join(missing)
        raise Invalid.field("round", "round_incomplete", gettext("These terms still leave open: %(names)s. Counter with them.", names=names))
    if made.status is RoundStatus.OPEN:
        asking.check(negotiation.id, accepted=accept_open_points)
    steps.close_round(made, RoundStatus.AGREED, at=at, by=by)
    steps.move(negotiation, Stage.TERMS_AGREED, at=at)
    return steps.finish("agree", negotiation, rounds, by=by, at=at, tell="agreed")


def lose(negotiation_id: UUID, reason: str, *, note: str | None = None, by: Actor) -> Negotiation:
    """End the talks, or an agreement not yet handed over, with a code of LOST_REASONS; an open round ends with them.

    Raises NotFound, Forbidden, IllegalMove, Invalid, DomainError (handed over).
    """
    if reason not in LOST_REASONS:
        raise Invalid.field("reason", "code_unknown", gettext("Choose one of the listed reasons."))
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if queries.handover_of(negotiation.id) is not None:
        raise DomainError(gettext("The agreed facts are at the contract desk: it goes on there."))
    steps.move(negotiation, Stage.LOST, at=at)
    for made in rounds:
        if made.status is RoundStatus.OPEN:
            steps.close_round(made, RoundStatus.EXPIRED, at=at, by=by)
    negotiation.lost_reason, negotiation.lost_note, negotiation.lost_by_id = reason, note, by.organization_id
    return steps.finish("lose", negotiation, rounds, by=by, at=at, tell="lost")


def _numbered(rounds: list[Round], number: int) -> Round:
    found = next((made for made in rounds if made.number == number), None)
    if found is None:
        raise NotFound()
    return found
