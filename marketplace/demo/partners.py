"""Proposes the sample's partners at the open fair, one in each state, and writes down the calls of its moderator."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.coverage import noting, service
from marketplace.coverage.models import Answer, Proposal, Side
from marketplace.coverage.service import Note
from marketplace.demo.people import acting
from marketplace.demo.plan import Edition
from marketplace.demo.vocabulary import patterns
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind

WAITING, HALF, WANTED, DECLINED, WITHDRAWN = (8, 8), (2, 37), (7, 7), (9, 9), (4, 39)
"""Need and achievement by their place in the plan; the sample agency offers the first, the sample company asks with the second."""


def bring_together(
    fair: Fair, edition: Edition, *, listings: Mapping[Kind, Mapping[int, UUID]], owners: Mapping[int, Person], by: Actor
) -> set[str]:  # fmt: skip
    """Propose the pairs, answer some of them, take one back; the ids of the proposals as text. Raises DomainError."""
    db.session.flush()
    note = patterns()["proposal_note"][0]
    notes = dict.fromkeys(Side, Note(en=note.en, zh=note.zh))
    made: dict[tuple[int, int], Proposal] = {}
    for need, achievement in (WAITING, HALF, WANTED, DECLINED, WITHDRAWN):
        made[need, achievement] = service.propose(
            fair, listings[Kind.NEED][need], listings[Kind.ACHIEVEMENT][achievement], notes=notes, confirm_broken=True, by=by
        )
    for pair in (HALF, WANTED, DECLINED):
        provider = acting(owners[edition.achievements[pair[1]].organization])
        if pair == DECLINED:
            reply = patterns()["proposal_reply"][0]
            service.answer(made[pair].id, Answer.DECLINED, reason="known", reply=f"{reply.en}\n\n{reply.zh}", by=provider)
        else:
            service.answer(made[pair].id, Answer.INTERESTED, by=provider)
    service.answer(made[WANTED].id, Answer.INTERESTED, by=acting(owners[edition.needs[WANTED[0]].organization]))
    service.withdraw(fair, made[WITHDRAWN].id, by=by)
    _call(fair, edition, listings=listings, owners=owners, by=by)
    return {str(proposal.id) for proposal in made.values()}


def _call(fair: Fair, edition: Edition, *, listings: Mapping[Kind, Mapping[int, UUID]], owners: Mapping[int, Person], by: Actor) -> None:
    """Two owners of needs were phoned; one of them is to be called again today."""
    day = today(fair.time_zone)
    for (place, again), said in zip(((WAITING[0], day), (WANTED[0], day + timedelta(days=1))), patterns()["call_note"], strict=True):
        person = acting(owners[edition.needs[place].organization])
        if person.organization_id is not None:
            noting.write(
                fair, person.organization_id, said=f"{said.en}\n\n{said.zh}", spoke_with=person.name, next_on=again,
                listing_id=listings[Kind.NEED][place], by=by,
            )  # fmt: skip
