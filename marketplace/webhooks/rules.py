"""Which addresses may be named and called, how a message is signed, and when it is tried again: plain values only."""

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

WAITS = (5, 60, 300, 1_800, 7_200, 14_400, 21_600, 43_200)
"""Seconds between the tries of a delivery: nine tries in 24.6 hours."""
DISABLED_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long, and fails again, is switched off."""
LONGEST_REST = 3_600
MOST_ENDPOINTS = 5
KEPT_DAYS = 30
"""How long the log keeps a delivery that is done."""
PREFIX = "whsec_"
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.I)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_CARRIES_IPV4 = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96")]
_NEVER = [
    ipaddress.ip_network(each)
    for each in (
        "168.63.129.16/32",  # the platform address of a cloud, though it is a public one
        "192.0.0.0/24",  # protocol assignments, one of which is a cloud's metadata
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.175.48.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "3fff::/20",  # documentation
        "2620:4f:8000::/48",
        "64:ff9b:1::/48",  # translation to private IPv4
        "2001::/23",
        "2002::/16",  # 6to4
        "fec0::/10",  # site-local, deprecated
    )
]


def is_public(address: Address) -> bool:
    """Whether an address lies in the open internet: never private, loopback, link-local (cloud metadata), carrier-grade NAT,
    multicast or reserved, also not inside an IPv6 address that carries an IPv4 one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in _CARRIES_IPV4):
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def is_loopback(address: Address) -> bool:
    """Whether an address is this machine, for development."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def may_call(address: Address, *, local: bool) -> bool:
    """Whether a delivery may go to an address; ``local`` lets it go to this machine."""
    return is_public(address) or (local and is_loopback(address))


def url_fault(url: str, *, local: bool) -> str | None:
    """Why an address cannot be an endpoint, as a code, or None. The name in it is not looked up: that is done at each delivery.

    ``local`` (in development) takes this machine, and http for it.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "url"
    if not url.isascii() or any(each <= " " or each in '<>"\\^`{|}' for each in url) or parts.scheme not in {"http", "https"} or not host or port == 0:
        return "url"
    if parts.username is not None or parts.password is not None or "#" in url:
        return "url_parts"
    literal = _literal(host)
    here = local and (host == "localhost" or (literal is not None and is_loopback(literal)))
    if parts.scheme != "https" and not here:
        return "url_https"
    if here:
        return None
    if literal is not None:
        return None if is_public(literal) else "url_private"
    labels = host.removesuffix(".").split(".")
    if len(labels) < 2 or labels[-1] in {"localhost", "local", "internal"} or not all(LABEL.fullmatch(label) for label in labels):
        return "url_private" if all(LABEL.fullmatch(label) for label in labels) else "url"
    return "url_private" if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]) else None  # 0x7f.1 and the like name no host


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def secret_text(raw: bytes) -> str:
    return PREFIX + base64.b64encode(raw).decode()


def signature(secret: str, message_id: str, *, timestamp: int, body: str) -> str:
    """One signature as Standard Webhooks 1.0 has it: ``v1,`` and HMAC-SHA256 in base64 over "id.timestamp.body"."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def headers(secrets: Iterable[str], message_id: str, *, timestamp: int, body: str) -> dict[str, str]:
    """The three headers of a message; while two secrets hold, both sign, the newer first."""
    signed = [signature(secret, message_id, timestamp=timestamp, body=body) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": " ".join(signed)}


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries; None when it was the last."""
    return timedelta(seconds=WAITS[tries - 1]) if tries <= len(WAITS) else None


def rest_after(slow: int) -> timedelta:
    """How long an endpoint that let us wait ``slow`` times in a row is left alone: a minute, two, four … an hour."""
    return timedelta(seconds=min(LONGEST_REST, 60 * 2 ** (min(slow, 10) - 1)))


def beginning(raw: bytes, *, longest: int = 1_000) -> str:
    """The beginning of an answer as text that can be kept and shown."""
    text = raw.decode("utf-8", "replace")[:longest]
    return "".join(each if each == "\n" or each.isprintable() else "�" for each in text)


def accepted(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def wanted(events: Sequence[str], event: str) -> bool:
    """Whether an endpoint of these events hears of this one; a test is for everybody."""
    return event == "test" or event in events
