"""What a listing asks for beside its own words: the codes of its fields and sectors."""

from marketplace.search.documents import ListingDocument


def expansions(listing: ListingDocument) -> list[tuple[str, str, float]]:
    """Return the clauses that `listing` adds to the search beside its text, each as ranked field, token and weight."""
    return []
