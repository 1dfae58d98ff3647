"""What a contract announces to the domains above it, inside the same transaction. A listener may refuse with a DomainError.

Each signal is sent with the `service.Shown` contract as sender and ``by`` (the Actor).
"""

from blinker import Namespace

signals = Namespace()

changed = signals.signal("contracts.changed")
"""Its content is another than before: declared, edited, a file added, or amended. Its hash is the new one already."""
verifying = signals.signal("contracts.verifying")
"""Somebody is about to verify it; nothing is booked yet."""
moved = signals.signal("contracts.moved")
"""It was signed, verified or voided; its status is the new one already."""
