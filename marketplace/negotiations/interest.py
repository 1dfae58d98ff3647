"""Interest: one organisation asks another to talk about a public listing; the other accepts, or declines with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FieldError, Forbidden, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.references import next_reference
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching import outcomes
from marketplace.matching.models import Outcome
from marketplace.negotiations import events, queries, questions, rules, steps
from marketplace.negotiations.models import Negotiation, Reveal, Stage
from marketplace.organizations import conflicts
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import DECLINE_REASONS


class NoInterest(DomainError):
    slug, title = "not-open-for-interest", _l("Not open for interest")
    text = _l("The owner takes no interest in this listing at the moment. It can still be read and shortlisted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Before anything is asked: who would provide and receive, in which fair, by which published versions."""

    sides: rules.Sides
    entries: dict[Kind, FairEntry]
    key: str

    @property
    def fair_id(self) -> UUID:
        return next(iter(self.entries.values())).fair_id


def opening(achievement_id: UUID | None, need_id: UUID | None, *, fair: str | None = None, by: Actor) -> Opening:
    """What asking about these listings would begin. Raises as `ask`."""
    achievement = queries.public_entries(achievement_id, kind=Kind.ACHIEVEMENT) if achievement_id else None
    need = queries.public_entries(need_id, kind=Kind.NEED) if need_id else None
    entries = _in_one_fair(achievement, need, fair=fair)
    pair = rules.sides(steps.acting(by), achievement_owner=_owner(achievement), need_owner=_owner(need))
    return Opening(sides=pair, entries=entries, key=rules.pair_key(pair, achievement_id=achievement_id, need_id=need_id))


def ask(
    *,
    achievement_id: UUID | None = None,
    need_id: UUID | None = None,
    fair: str | None = None,
    cooperation_wanted: str,
    question: str,
    about_us: str | None = None,
    expected_volume: str | None = None,
    asker_kind: str | None = None,
    wanted_by: date | None = None,
    reveal: str | Reveal = Reveal.NOW,
    answers: Mapping[str, Any] | None = None,
    questions_seen: int | None = None,
    by: Actor,
) -> tuple[Negotiation, bool]:
    """Ask the owner of an achievement or a need to talk; False beside the thread that is already open on the same pair.

    Without ``fair`` (a slug) the thread belongs to the current fair if the listings are public there, else to the one where
    they were published last. ``answers`` are ``answer_1`` to ``answer_3``, to the owner's own questions; None when the owner itself takes
    the interest up, and does without. Raises Forbidden, Stale (other questions than ``questions_seen``), ConflictOfInterest, NoInterest, and Invalid for a listing that is not public (whatever the cause: the answer
    never tells a hidden one from one that is not there), one's own, a companion of somebody else or one that gives the asker's name
    away, a question without an answer, and a ``wanted_by`` that is over at the fair's place.
    """
    found = opening(achievement_id, need_id, fair=fair, by=by)
    asker, pair, entries, key = steps.acting(by), found.sides, found.entries, found.key
    existing = queries.open_thread(key)
    if existing is not None:
        return existing, False
    answering = pair.recipient_id if asker == pair.provider_id else pair.provider_id
    if not queries.takes_interest((achievement_id, need_id), owner_id=answering):
        raise NoInterest()
    if wanted_by is not None and wanted_by < today(db.session.get_one(Fair, found.fair_id).time_zone):
        raise Invalid.field("wanted_by", "past", gettext("This day is over already."))
    conflicts.check(by, others={answering})
    about_achievement = answering == pair.provider_id
    asked_about, companion = (achievement_id, need_id) if about_achievement else (need_id, achievement_id)
    if reveal == Reveal.ON_ACCEPTANCE:
        _gives_nothing_away(companion, name="need_id" if about_achievement else "achievement_id")
        _names_nobody(asker, {"question": question, "about_us": about_us, "expected_volume": expected_volume, **(answers or {})})
    answered = questions.check(asked_about, answers, seen=questions_seen) if asked_about and answers is not None else []
    moment = now()
    negotiation = Negotiation(
        reference=next_reference("D"), fair_id=found.fair_id,
        achievement_id=achievement_id, achievement_number=_number(entries, Kind.ACHIEVEMENT),
        need_id=need_id, need_number=_number(entries, Kind.NEED),
        provider_id=pair.provider_id, recipient_id=pair.recipient_id, asked_by_id=asker, asked_by_person_id=by.person_id,
        answered_by_id=answering, open_key=key,
        cooperation_wanted=cooperation_wanted, question=question, about_us=about_us, expected_volume=expected_volume,
        asker_kind=asker_kind, wanted_by=wanted_by, reveal=Reveal(reveal),
        stage=Stage.INTEREST, sent_at=moment,
    )  # fmt: skip
    steps.set_move(negotiation, [], at=moment)
    try:
        with db.session.begin_nested():
            db.session.add(negotiation)
    except IntegrityError:  # the other of two at once was faster: continue its thread
        faster = queries.open_thread(key)
        if faster is None:
            raise
        return faster, False
    questions.keep(negotiation, answered)
    outcomes.note(need_id, achievement_id, Outcome.INTEREST)
    steps.finish("ask", negotiation, [], by=by, at=moment, tell="interest")
    if negotiation.reveal is Reveal.NOW:
        events.began.send(negotiation, by=by)
    return negotiation, True


def _gives_nothing_away(companion_id: UUID | None, *, name: str) -> None:
    """Raises Invalid when a listing of the asker's own, named beside the one asked about, shows the public who owns it."""
    if companion_id is not None and not db.session.get_one(Listing, companion_id).anonymous:
        raise Invalid.field(name, "names_asker", gettext("This listing shows your name: leave it out, or show your name now."))


def _names_nobody(asker: UUID, texts: Mapping[str, Any]) -> None:
    """Raises Invalid for each text of an asker that waits with its name and writes it all the same."""
    organization = db.session.get_one(Organization, asker)
    names = [name for name in (organization.name_en, organization.name_zh) if name]
    found = [field for field, text in texts.items() if text and any(rules.names_in(str(text), name) for name in names)]
    if found:
        detail = gettext("This text names your organisation: leave the name out, or show it now.")
        raise Invalid(errors=tuple(FieldError(f"/{field}", "names_asker", detail) for field in found))


def accept(negotiation_id: UUID, *, by: Actor) -> Negotiation:
    """The side that was asked agrees to talk. Raises NotFound, Forbidden (one's own question), IllegalMove."""
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    _answer(negotiation, by=by)
    steps.move(negotiation, Stage.TALKING, at=at)
    negotiation.answered_at, negotiation.read_at = at, negotiation.read_at or at
    steps.finish("accept", negotiation, rounds, by=by, at=at, tell="accepted")
    if negotiation.reveal is Reveal.ON_ACCEPTANCE:
        events.began.send(negotiation, by=by)
    return negotiation


def decline(negotiation_id: UUID, reason: str, *, note: str | None = None, by: Actor) -> Negotiation:
    """The side that was asked says no, with a code of DECLINE_REASONS; the note is for the asker.

    Raises NotFound, Forbidden, IllegalMove, Invalid.
    """
    if reason not in DECLINE_REASONS:
        raise Invalid.field("reason", "code_unknown", gettext("Choose one of the listed reasons."))
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    _answer(negotiation, by=by)
    steps.move(negotiation, Stage.DECLINED, at=at)
    negotiation.decline_reason, negotiation.decline_note = reason, note
    negotiation.answered_at, negotiation.read_at = at, negotiation.read_at or at
    return steps.finish("decline", negotiation, rounds, by=by, at=at, tell="declined")


def withdraw(negotiation_id: UUID, *, by: Actor) -> Negotiation:
    """The asker takes an unanswered question back. Raises NotFound, Forbidden (the other's question), IllegalMove."""
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    if by.organization_id != negotiation.asked_by_id:
        raise Forbidden(gettext("Only the organisation that asked can withdraw; you can decline."))
    steps.move(negotiation, Stage.WITHDRAWN, at=at)
    return steps.finish("withdraw", negotiation, rounds, by=by, at=at)


def mark_read(negotiation_id: UUID, *, by: Actor) -> Negotiation:
    """The side that was asked has read it; said once, harmless to repeat. Raises NotFound, Forbidden (the asker)."""
    negotiation, rounds, at = steps.begin(negotiation_id, by=by)
    _answer(negotiation, by=by)
    if negotiation.read_at is None:
        negotiation.read_at = at
        steps.finish("read", negotiation, rounds, by=by, at=at, moved=False)
    return negotiation


def _answer(negotiation: Negotiation, *, by: Actor) -> None:
    if by.organization_id != negotiation.answered_by_id:
        raise Forbidden(gettext("Your organisation asked: the other side answers."))


Entries = list[tuple[FairEntry, Listing]]


def _owner(found: Entries | None) -> UUID | None:
    return found[0][1].organization_id if found else None


def _number(entries: dict[Kind, FairEntry], kind: Kind) -> int | None:
    return entries[kind].published_number if kind in entries else None


def _in_one_fair(achievement: Entries | None, need: Entries | None, *, fair: str | None) -> dict[Kind, FairEntry]:
    """The entries of the listings named, in the first fair where all of them are public. Raises Invalid."""
    named = {Kind.ACHIEVEMENT: achievement, Kind.NEED: need}
    asked = {kind: {entry.fair_id: entry for entry, _ in found} for kind, found in named.items() if found is not None}
    if not asked:
        raise Invalid.field("achievement_id", "listing_missing", gettext("Name the achievement or the need that it is about."))
    for kind, found in asked.items():
        if not found:
            raise Invalid.field(f"{kind}_id", "listing_not_public", gettext("There is no public listing with this id in an open fair."))
    wanted = [row.id for row in fairs.everyone() if row.slug == fair] if fair else list(next(iter(asked.values())))
    for fair_id in wanted:
        if all(fair_id in found for found in asked.values()):
            return {kind: found[fair_id] for kind, found in asked.items()}
    raise Invalid.field("fair", "fair_differs", gettext("They are not public together in this fair."))
