"""The secrets of endpoints: derived from the server's key, so that neither the database nor a backup of it can sign.

When the server's key is replaced, all of them end; `still_good` tells, and the owner makes a new one.
"""

import hashlib
import hmac
from datetime import datetime

from flask import current_app

from marketplace.webhooks.models import Endpoint
from marketplace.webhooks.rules import secret_text


def secret_of(endpoint: Endpoint, number: int | None = None) -> str:
    """The secret with this number, the newest unless given: ``whsec_`` and 32 bytes in base64."""
    key = (current_app.secret_key or "").encode() if isinstance(current_app.secret_key, str) else current_app.secret_key or b""
    return secret_text(hmac.new(key, f"webhooks:{endpoint.id}:{number or endpoint.secret_number}".encode(), hashlib.sha256).digest())


def check_of(endpoint: Endpoint) -> str:
    """What is kept of a secret, to notice that the server's key is another one now."""
    return hashlib.sha256(secret_of(endpoint).encode()).hexdigest()[:16]


def still_good(endpoint: Endpoint) -> bool:
    return check_of(endpoint) == endpoint.secret_check


def secrets_at(endpoint: Endpoint, moment: datetime) -> list[str]:
    """The secrets that sign at this moment, the newest first."""
    found = [secret_of(endpoint)]
    if endpoint.old_secret_until is not None and moment < endpoint.old_secret_until:
        found.append(secret_of(endpoint, endpoint.secret_number - 1))
    return found
