"""What the running roadshow announces to the domains above it, inside the same transaction."""

from collections.abc import Callable

from marketplace.core.access import Actor
from marketplace.roadshow.running.models import DoorInterest

Taker = Callable[[DoorInterest, Actor], str]
TAKERS: list[tuple[Taker, Callable[[str], str]]] = []
"""How an interest from the door is taken up, and at which address what became of it is read."""


def takes_up(take: Taker, address: Callable[[str], str]) -> None:
    """Say how interests are taken up: ``take`` gets the `DoorInterest` and the presenter, returns what it became, such as
    'negotiation:<uuid>', or refuses by a DomainError; ``address`` leads there."""
    if (take, address) not in TAKERS:
        TAKERS.append((take, address))


def address_of(became: str) -> str | None:
    """Where what became of an interest is read; None where nothing takes interests up."""
    return next((address(became) for _, address in TAKERS), None)
