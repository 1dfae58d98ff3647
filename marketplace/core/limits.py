"""How often one may try: per account and per network, counted in Redis when it is set, in this process otherwise."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from marketplace.core.fields import fold_email


def counting() -> Limiter:
    """A limiter that counts tries in a moving window, per network unless told otherwise."""
    return Limiter(key_func=get_remote_address, strategy="moving-window")


limiter = counting()


def _off() -> bool:
    """A testing application counts only when the test asks for it."""
    return current_app.testing and not current_app.config.get("COUNT_TRIES", False)


def _account() -> str:
    """The account that a form names, known or not; hashed, so that no mail address stands in the counters."""
    email = fold_email(request.form.get("email", ""))
    return hashlib.sha256(email.encode("utf-8", "surrogatepass")).hexdigest()


def tries(*, network: str, failed_only: bool, account: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Limit the POSTs of a route, such as ``account="10 per 15 minutes"``; beyond it the answer is 429 with Retry-After.

    ``failed_only`` counts refused tries only: many people behind one address may sign in. Without ``account`` the form names none.
    """
    more: dict[str, Any] = {"methods": ["POST"], "exempt_when": _off}
    if failed_only:
        more["deduct_when"] = lambda response: response.status_code >= 400

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        limited = limiter.limit(account, key_func=_account, **more)(view) if account else view
        return limiter.limit(network, key_func=get_remote_address, **more)(limited)  # type: ignore[no-any-return]

    return mark


@limiter.request_filter  # type: ignore[untyped-decorator]
def _harmless() -> bool:
    """Only POSTs are limited: to look for the limits of a page that is read would cost more than some answers do."""
    return request.method in {"GET", "HEAD", "OPTIONS"}


def register(app: Flask) -> None:
    limiter.init_app(app)
