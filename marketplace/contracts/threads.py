"""The negotiation that a contract came from is *signed* while the contract is signed or verified."""

from marketplace.contracts import events
from marketplace.contracts.service import Shown
from marketplace.core.access import Actor
from marketplace.ledger.models import ContractClass, Status
from marketplace.negotiations import staging


def follow(shown: Shown, *, by: Actor) -> None:
    """Move the thread with its contract; an intent is none that talks could end in."""
    contract = shown.contract
    if contract.negotiation_id is not None and contract.contract_class is not ContractClass.INTENT:
        signed = contract.status in (Status.SIGNED, Status.VERIFIED)
        staging.follow_contract(contract.negotiation_id, signed=signed, by=by)


def register() -> None:
    events.moved.connect(follow)
    events.changed.connect(follow)
