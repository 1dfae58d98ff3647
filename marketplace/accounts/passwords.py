"""Passwords (argon2id) and secrets that only their holder knows."""

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

SHORTEST, LONGEST = 10, 1024
COMMON = frozenset({"password12", "1234567890", "qwertyuiop", "0123456789", "password123", "1111111111", "iloveyou12", "marketplace"})


@cache
def _hasher(cost: str) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1) if cost == "low" else PasswordHasher()


def hasher() -> PasswordHasher:
    return _hasher(current_app.config["SETTINGS"].password_cost)


def hash_password(password: str) -> str:
    return hasher().hash(password)


@cache
def _dummy(cost: str) -> str:
    return _hasher(cost).hash("nobody has this password")


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right. Does the same work when there is no hash, so that time tells nothing."""
    known = password_hash or _dummy(current_app.config["SETTINGS"].password_cost)
    try:
        hasher().verify(known, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def new_secret(prefix: str = "") -> str:
    """256 random bits, readable in addresses."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: enough for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
