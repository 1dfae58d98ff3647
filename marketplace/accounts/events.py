"""What accounts tell the domains above, inside the same transaction."""

from blinker import Signal

person_created = Signal()
"""Sent by `flask accounts create` with the person; ``organization`` (a slug, or None) and ``role`` say where they belong.

A receiver raises a DomainError to refuse; the person is then not created."""

person_erased = Signal()
"""Sent by `erasing.erase` with the person, before the account is emptied; ``email`` is the address that goes, ``by`` who erases.

A receiver takes away what identifies the person in its own tables and ends what belongs to them; it returns a list of
sentences that the operator should read."""
