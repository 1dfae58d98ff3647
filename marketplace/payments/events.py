"""What payments tells the domains above it, inside the transaction of the fact; each is sent with the `Fee`."""

from blinker import Namespace

_signals = Namespace()

fee_paid = _signals.signal("fee-paid")
"""The fee was paid while it was held: what it is for is theirs."""
fee_released = _signals.signal("fee-released")
"""Nothing was paid, and nothing can be: what was held is free again."""
fee_refunded = _signals.signal("fee-refunded")
"""A paid fee is to be given back, or was: what it was for is free again. Sent once, at the decision."""
