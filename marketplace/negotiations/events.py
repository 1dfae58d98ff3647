"""What a negotiation announces to the domains above it, inside the same transaction."""

from blinker import Namespace

signals = Namespace()

handed_over = signals.signal("negotiations.handed_over")
"""Sent with the `Handover` row as sender and ``by`` (the Actor); its listeners may refuse by raising a DomainError."""

began = signals.signal("negotiations.began")
"""Sent with the new `Negotiation` as sender and ``by`` (the Actor), when an organisation asked another to talk."""
