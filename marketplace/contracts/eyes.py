"""Four eyes, by person: who had a hand in a contract, or belongs to whoever has a part in it, under whatever account."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.mailboxes import accounts_of
from marketplace.contracts import rules
from marketplace.contracts.models import Hand
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import FourEyes
from marketplace.listings.models import Listing
from marketplace.negotiations.models import Negotiation
from marketplace.organizations import queries as organizations
from marketplace.organizations.rules import fold_names

if TYPE_CHECKING:
    from marketplace.contracts.service import Shown

def other_eyes(shown: Shown, by: Actor) -> None:
    """Raises FourEyes when ``by``, under any account, had a hand in it, belongs to a party, or to who brought the parties together."""
    mine = accounts_of(by.person_id)
    hands = set(db.session.scalars(select(Hand.person_id).where(Hand.contract_id == shown.contract.id)))
    if hands & mine:
        raise FourEyes()
    no_part_in(shown, by, accounts=mine)


def no_part_in(shown: Shown, by: Actor, *, accounts: set[UUID] | None = None) -> None:
    """Raises FourEyes when ``by`` belongs, or belonged since it was logged, to a party or to an organisation behind the deal."""
    for account in accounts or accounts_of(by.person_id):
        belonged = organizations.belonged_to(account, since=shown.contract.created_at)
        theirs = {organization.id for organization in belonged}
        names = {name for organization in belonged for name in fold_names(organization.name_en, organization.name_zh) if name}
        alone = rules.may_be_second(account, theirs, names=names, hands=(), parties=shown.parties)
        if not alone or theirs & behind(shown):
            raise FourEyes()


def behind(shown: Shown) -> set[UUID]:
    """The organisations that brought the deal about without being named on it: they negotiated it, or own what it is about."""
    contract, found = shown.contract, set()
    if contract.negotiation_id is not None:
        sides = select(Negotiation.provider_id, Negotiation.recipient_id).where(Negotiation.id == contract.negotiation_id)
        found |= {side for row in db.session.execute(sides) for side in row}
    listings = [listing for listing in (contract.achievement_id, contract.need_id) if listing is not None]
    if listings:
        found |= set(db.session.scalars(select(Listing.organization_id).where(Listing.id.in_(listings))))
    return found

