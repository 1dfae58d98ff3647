"""What becomes of splits when an organisation is merged: they stay as they were agreed, and count for the winner."""

from marketplace.credits.models import Share, Split, SplitAnswer
from marketplace.organizations import merging


def register() -> None:
    merging.keeps("part of what was agreed; it counts for the winner", Split.proposed_by_id, Share.organization_id, SplitAnswer.organization_id)
