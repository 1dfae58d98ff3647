"""What a negotiation announces to the domains above it, inside the same transaction."""

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from blinker import Namespace
from markupsafe import Markup

from marketplace.core.access import Actor

if TYPE_CHECKING:
    from marketplace.negotiations.queries import Thread

signals = Namespace()

handed_over = signals.signal("negotiations.handed_over")
"""Sent with the `Handover` row as sender and ``by`` (the Actor); its listeners may refuse by raising a DomainError."""

began = signals.signal("negotiations.began")
"""Sent with the `Negotiation` as sender and ``by`` (the Actor), when an organisation asked another to talk and the other reads
who asks: at once, or with its acceptance."""

SECRECY: list[Callable[[UUID], bool]] = []
"""Whether the two sides of a thread are bound to secrecy now, as the domain that knows agreements answers."""


def secrecy(ask: Callable[[UUID], bool]) -> None:
    if ask not in SECRECY:
        SECRECY.append(ask)


def is_secret(negotiation_id: UUID) -> bool:
    """Whether an agreement of secrecy is in force between the two sides."""
    return any(ask(negotiation_id) for ask in SECRECY)


PANELS: list["Callable[[Thread, Actor], Markup | None]"] = []
"""What higher domains show on a thread's page, each as one of its two organisations reads it."""


def panel(make: "Callable[[Thread, Actor], Markup | None]") -> None:
    """Show a panel on each thread's page, or None."""
    if make not in PANELS:
        PANELS.append(make)


def panels(thread: "Thread", actor: Actor) -> list[Markup]:
    return [found for make in PANELS if (found := make(thread, actor)) is not None]
