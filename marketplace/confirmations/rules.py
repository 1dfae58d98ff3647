"""The seven facts, how an answer differs from them, and the public code with its check character."""

import secrets
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marketplace.contracts.models import Contract, Party
from marketplace.core.amounts import parse_typed
from marketplace.core.money import AmountError

FACTS = ("title", "parties", "kind", "total", "technology", "currency", "signed_on")
"""The seven facts, in the order in which they are read."""
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
"""23 signs, a prime number, none of which looks like another: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V."""
LENGTH = 12


def seven(contract: Contract, parties: Iterable[Party]) -> dict[str, Any]:
    """The seven facts as plain JSON: amounts in minor units, null when undisclosed; a title in one or two languages."""
    ordered = sorted(parties, key=lambda party: party.position)
    return {
        "title": {"en": contract.title_en, "zh": contract.title_zh},
        "parties": [{"role": str(party.role), "name": party.name} for party in ordered],
        "kind": contract.kind,
        "total": contract.total_minor,
        "technology": contract.technology_minor,
        "currency": contract.currency,
        "signed_on": contract.signed_on.isoformat() if contract.signed_on else None,
    }


def corrections(said: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """{fact: value} of what an answer says differently. ``said`` holds ``<fact>`` confirm/correct, ``<fact>_to`` and ``…_undisclosed``.

    A "correction" to what stands there already is none. Raises FactAmount.
    """
    currency = said.get("currency_to") if said["currency"] == "correct" else facts["currency"]
    found: dict[str, Any] = {}
    for fact in FACTS:
        if said[fact] != "correct":
            continue
        value = said.get(f"{fact}_to")
        if fact in {"total", "technology"}:
            value = None if said.get(f"{fact}_undisclosed") else amount(fact, value or "", currency or facts["currency"])
        elif isinstance(value, date):
            value = value.isoformat()
        if value not in _same(fact, facts):
            found[fact] = value
    return found


def _same(fact: str, facts: Mapping[str, Any]) -> list[Any]:
    """The values that say nothing else than the fact itself."""
    if fact == "title":
        return [text for text in facts["title"].values() if text]
    if fact == "parties":
        return [names(facts)]
    return [facts[fact]]


def names(facts: Mapping[str, Any]) -> str:
    """The parties' names in one line."""
    return "; ".join(party["name"] for party in facts["parties"])


class FactAmount(Exception):
    """An amount of an answer cannot be read: which fact it stands for, and the AmountError that says why."""

    def __init__(self, fact: str, error: AmountError):
        super().__init__(fact)
        self.fact, self.error = fact, error


def amount(fact: str, text: str, currency: str) -> int:
    """Minor units of a typed amount. Raises FactAmount."""
    try:
        return parse_typed(text, unit="one", currency=currency)
    except AmountError as error:
        raise FactAmount(fact, error) from error


def check_sign(code: str) -> str:
    """The check character of the first twelve: their weighted sum modulo 23 finds every single wrong sign and every two swapped."""
    return ALPHABET[sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(code[:LENGTH], start=1)) % len(ALPHABET)]


def new_code() -> str:
    """Twelve random signs (54 bits) and their check character."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return code + check_sign(code)


def typed_code(text: str) -> str:
    """What was typed, as a code is stored: capitals, without blanks and hyphens; full-width signs count as plain ones."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in plain if not sign.isspace() and unicodedata.category(sign) != "Pd")[: LENGTH + 8]


def is_code(code: str) -> bool:
    """Whether it may be a code at all: its length, its signs, its check character."""
    return len(code) == LENGTH + 1 and all(sign in ALPHABET for sign in code) and code[-1] == check_sign(code)


def grouped(code: str) -> str:
    """As it is printed and read out: ``XXXX-XXXX-XXXX-C``."""
    return "-".join((code[:4], code[4:8], code[8:12], code[12:]))
