"""Reads Stripe's form encoding, and refuses bad parameters in the words and codes of Stripe's error objects."""

import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

# https://docs.stripe.com/currencies: "Zero-decimal currencies", "Three-decimal currencies" and "Special cases".
ZERO_DECIMAL = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
WHOLE_HUNDREDS = frozenset(("isk", "ugx"))
LARGEST_AMOUNT = 99_999_999
LONGEST_TEXT = 5_000
DEEPEST = 6


class Refusal(Exception):
    """An error answer: HTTP status, and the body ``{"error": {"type", "message", "code"?, "param"?}}``."""

    def __init__(self, status: int, message: str, *, type_: str = "invalid_request_error", **details: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"error": {"type": type_, "message": message, **details}}


def missing(param: str) -> Refusal:
    """The answer to a required parameter that was not sent."""
    return Refusal(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def nested(pairs: Iterable[tuple[str, str]]) -> Json:
    """Turn ``a[b][0][c]=x`` into nested dicts; keys that are all digits become lists in the order of the digits."""
    root: Json = {}
    for name, value in pairs:
        keys = [name.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        if len(keys) > DEEPEST:
            raise Refusal(400, f"Invalid parameter nesting: {name}", param=name)
        if len(value) > LONGEST_TEXT:
            raise Refusal(400, f"Invalid string: must be at most {LONGEST_TEXT} characters", param=name)
        _put(root, keys, value)
    return {key: _listed(value) for key, value in root.items()}


def _put(root: Json, keys: list[str], value: str) -> None:
    """Walk to the place the keys name, then set the value; an empty last key appends."""
    place = root
    for key in keys[:-1]:
        place = place.setdefault(key or str(len(place)), {})
        if not isinstance(place, dict):
            raise Refusal(400, f"Invalid object: {keys[0]}", param=keys[0])
    place[keys[-1] or str(len(place))] = value


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    value = {key: _listed(item) for key, item in value.items()}
    if value and all(re.fullmatch(r"[0-9]{1,4}", key) for key in value):
        return [value[key] for key in sorted(value, key=int)]
    return value


def only(params: Json, known: Collection[str], *, prefix: str = "") -> None:
    """Refuse a parameter the endpoint does not have, as Stripe does."""
    for name in params:
        if name not in known:
            full = f"{prefix}[{name}]" if prefix else name
            raise Refusal(400, f"Received unknown parameter: {full}", code="parameter_unknown", param=full)


def text(params: Json, name: str) -> str:
    """A required, non-empty string."""
    value = optional_text(params, name)
    if value is None:
        raise missing(name)
    return value


def optional_text(params: Json, name: str) -> str | None:
    """A string, or None when it was not sent; an empty one is refused."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refusal(400, f"Invalid string: {name}", param=name)
    if not value:
        raise Refusal(400, f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name)
    return value


def mapping(params: Json, name: str) -> Json:
    """A nested object; empty when it was not sent."""
    value = params.get(name, {})
    if not isinstance(value, dict):
        raise Refusal(400, f"Invalid object: {name}", param=name)
    return value


def whole_number(params: Json, name: str, *, least: int = 1) -> int | None:
    """An integer of at least ``least``, or None when it was not sent."""
    raw = params.get(name)
    if raw is None:
        return None
    if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,18}", raw):
        raise Refusal(400, f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name)
    if int(raw) < least:
        raise Refusal(400, f"This value must be greater than or equal to {least}.", param=name)
    return int(raw)


def web_address(params: Json, name: str) -> str | None:
    """An http or https address with a host, or None when it was not sent."""
    value = optional_text(params, name)
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid or re.search(r"[\x00-\x20]", value):
        raise Refusal(400, "Not a valid URL", code="url_invalid", param=name)
    return value


def chargeable(amount: int, currency: str, *, param: str) -> None:
    """Refuse an amount that cannot be charged in that currency; amounts are in Stripe's unit of it."""
    if amount > LARGEST_AMOUNT:
        raise Refusal(400, f"Amount must be no more than {LARGEST_AMOUNT}", code="amount_too_large", param=param)
    if currency in THREE_DECIMAL and amount % 10:
        raise Refusal(400, f"Invalid amount: {currency} amounts must end in 0.", code="amount_invalid", param=param)
    if currency in WHOLE_HUNDREDS and amount % 100:
        raise Refusal(400, f"Invalid amount: {currency} has no fractions.", code="amount_invalid", param=param)


def printed(amount: int, currency: str) -> str:
    """An amount in Stripe's unit as people write it: ``JPY 5,000``, ``EUR 19.80``, ``KWD 1.250``, ``ISK 500``."""
    decimals = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(amount, 10**decimals)
    shown = f"{whole:,}" + (f".{part:0{decimals}d}" if decimals and currency not in WHOLE_HUNDREDS else "")
    return f"{currency.upper()} {shown}"
