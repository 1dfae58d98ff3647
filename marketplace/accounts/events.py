"""What accounts tell the domains above, inside the same transaction."""

from blinker import Signal

person_created = Signal()
"""Sent by `flask accounts create` with the person; ``organization`` (a slug, or None) and ``role`` say where they belong.

A receiver raises a DomainError to refuse; the person is then not created."""
