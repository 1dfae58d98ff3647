"""What a negotiation announces to the domains above it, inside the same transaction."""

from collections.abc import Callable
from typing import TYPE_CHECKING

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

PANELS: list["Callable[[Thread, Actor], Markup | None]"] = []
"""What higher domains show on a thread's page, each as one of its two organisations reads it."""


def panel(make: "Callable[[Thread, Actor], Markup | None]") -> None:
    """Show a panel on each thread's page, or None."""
    if make not in PANELS:
        PANELS.append(make)


def panels(thread: "Thread", actor: Actor) -> list[Markup]:
    return [found for make in PANELS if (found := make(thread, actor)) is not None]
