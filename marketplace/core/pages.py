"""Long lists in pages by key: constant work for any page, cursors that cannot be forged or moved to another list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from flask import current_app, request
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.db import db
from marketplace.core.errors import Gone, Malformed
from marketplace.core.fields import FormSchema, Text, Whole

DEFAULT, MOST = 20, 200
CURSOR_LIVES_SECONDS = 24 * 3600


class PageIn(FormSchema):
    """The query parameters of every list."""

    limit = Whole(1, MOST, load_default=DEFAULT, metadata={"description": "Rows in a page."})
    cursor = Text(2000, load_default=None, metadata={"description": "`next` of the page before."})


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, and the cursor of the next one (None at the end)."""

    rows: Sequence[Any]
    next: str | None


def _signer() -> URLSafeTimedSerializer:
    return _signer_by(current_app.secret_key or "")


@cache
def _signer_by(key: str | bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt="cursor")


def pack(values: Sequence[Any], bound_to: str) -> str:
    """Sign the last row's keys; ``bound_to`` names list, filter and reader."""
    plain = [
        ["t", v.isoformat()] if isinstance(v, datetime)
        else ["d", v.isoformat()] if isinstance(v, date)
        else ["u", str(v)] if isinstance(v, UUID)
        else ["v", v]
        for v in values
    ]  # fmt: skip
    return _signer().dumps([bound_to, plain])  # type: ignore[no-any-return]


def unpack(cursor: str, bound_to: str) -> list[Any]:
    """Raises Malformed for a forged or foreign cursor, Gone for an expired one."""
    try:
        bound, plain = _signer().loads(cursor, max_age=CURSOR_LIVES_SECONDS)
    except SignatureExpired as error:
        raise Gone() from error
    except BadSignature as error:
        raise Malformed() from error
    if bound != bound_to:
        raise Malformed()
    kinds: dict[str, Callable[[Any], Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "u": UUID, "v": lambda v: v}
    return [kinds[kind](value) for kind, value in plain]


def bound(*parts: Any) -> str:
    """What a cursor is bound to: the endpoint, the filters and who reads."""
    args = sorted((k, v) for k, v in request.args.items(multi=True) if k not in {"cursor", "limit"})
    return repr((request.endpoint, args, [str(part) for part in parts]))


def paged(
    query: Select[Any],
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    limit: int = DEFAULT,
    cursor: str | None = None,
    descending: bool = True,
    bound_to: str = "",
    scalars: bool = True,
) -> Page:
    """One page of ``query`` ordered by ``keys`` (the last one unique). One query, whatever the page."""
    if cursor:
        values = unpack(cursor, bound_to)
        steps = []
        for i, key in enumerate(keys):
            beyond = key < values[i] if descending else key > values[i]
            steps.append(and_(*(keys[j] == values[j] for j in range(i)), beyond))
        query = query.where(or_(*steps))
    ordered = query.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(limit + 1)
    rows = list(db.session.scalars(ordered) if scalars else db.session.execute(ordered))
    more = len(rows) > limit
    rows = rows[:limit]
    following = pack([getattr(rows[-1], key.key) for key in keys], bound_to) if more else None
    return Page(rows, following)
