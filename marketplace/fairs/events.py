"""What fairs tell the domains above, inside the same transaction."""

from blinker import Signal

fair_created = Signal()
"""Sent with ``fair`` and ``by`` (an Actor, or None for the operator's command line) once a new fair has its id."""
