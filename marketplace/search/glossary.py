"""Codes of the official classifications as tokens, so that listings of one field find each other without a common word."""

from collections.abc import Iterable


def code_tokens(fields: Iterable[str], sectors: Iterable[str]) -> list[str]:
    """Return the tokens of the codes of technology `fields` and industry `sectors`, each once, in the order given."""
    return list(dict.fromkeys([*(f"f{code}" for code in fields), *(f"s{code}" for code in sectors)]))
