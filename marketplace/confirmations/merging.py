"""What becomes of answers when an organisation is merged: they stay as they were given."""

from marketplace.confirmations.models import Answer
from marketplace.organizations import merging


def register() -> None:
    merging.keeps("an answer is never changed", Answer.organization_id)
