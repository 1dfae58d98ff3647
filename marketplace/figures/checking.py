"""The auditor's check of a figure: its bytes against its hash, and every number rebuilt from the ledger at its public number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.fairs import queries as fairs
from marketplace.figures import days, queries, stating
from marketplace.figures.models import Close, Figure
from marketplace.figures.rules import canonical, code_of, sha256
from marketplace.ledger.models import Scope

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """``code`` names what does not hold of ``what`` (a figure's code, or a day), ``where`` the place in its statement."""

    what: str
    code: str
    where: str
    detail: str


def faults(figure: Figure) -> Iterator[Fault]:
    """Whatever does not hold of one figure; nothing when it is as it was published. Read inside one snapshot."""
    content = figure.statement.encode()
    try:
        statement = orjson.loads(content)
    except orjson.JSONDecodeError:
        yield Fault(figure.code, "unreadable", "statement", "it is no JSON")
        return
    if sha256(content) != figure.sha256:
        yield Fault(figure.code, "hash", "statement", f"its bytes have the hash {sha256(content)}, it was published as {figure.sha256}")
    if figure.code not in {code_of(figure.sha256, attempt=attempt) for attempt in range(ATTEMPTS)}:
        yield Fault(figure.code, "code", "code", "it does not follow from the hash")
    earlier = db.session.get(Figure, figure.earlier_id) if figure.earlier_id else None
    fair, scope = fairs.get(figure.fair_id), db.session.get_one(Scope, figure.scope_id)
    public_seq, cut_off = queries.public_moment(fair, figure.public_seq)
    try:
        facts, lines = stating.state(fair, scope, axis=figure.axis, key=figure.key, public_seq=public_seq, cut_off=cut_off)
    except DomainError as error:
        yield Fault(figure.code, "rebuild", "ledger", str(error.detail))
        return
    facts["earlier"] = earlier.code if earlier else None
    yield from _compare(figure.code, "facts", statement.get("facts", {}), facts)
    yield from _compare(figure.code, "lines", figure.lines, lines)
    rebuilt = canonical({**statement, "facts": facts})
    if sha256(rebuilt) != figure.sha256:
        yield Fault(figure.code, "rebuilt_hash", "statement", f"rebuilt from the ledger it has the hash {sha256(rebuilt)}")


def _compare(what: str, where: str, kept: Any, rebuilt: Any) -> Iterator[Fault]:
    """Each place in which two plain values differ."""
    if isinstance(kept, dict) and isinstance(rebuilt, dict):
        for name in sorted(kept.keys() | rebuilt.keys()):
            yield from _compare(what, f"{where}.{name}", kept.get(name), rebuilt.get(name))
    elif isinstance(kept, list) and isinstance(rebuilt, list) and len(kept) == len(rebuilt):
        for number, (one, other) in enumerate(zip(kept, rebuilt, strict=True)):
            yield from _compare(what, f"{where}[{number}]", one, other)
    elif kept != rebuilt:
        yield Fault(what, "differs", where, f"published {_short(kept)}, the ledger says {_short(rebuilt)}")


def _short(value: Any) -> str:
    text = canonical(value).decode()
    return text if len(text) <= 120 else f"{text[:120]}…"


def day_faults(close: Close, before: Close | None) -> Iterator[Fault]:
    """Whatever does not hold of one closed day: its hash, its order, and its totals rebuilt from the ledger."""
    fair = fairs.get(close.fair_id)
    what = f"{fair.slug} {close.day.isoformat()}"
    if sha256(close.report.encode()) != close.sha256:
        yield Fault(what, "hash", "report", "its bytes are not what was signed")
    report = orjson.loads(close.report)
    if report["from_seq"] != (before.seq if before else 0) or report["seq"] != close.seq:
        yield Fault(what, "order", "report", "it does not begin where the day before ended")
    scope = db.session.get_one(Scope, db.session.get_one(Figure, close.figure_id).scope_id)
    rebuilt = days.counted_part(fair, scope, close.day, before=before, seq=close.seq)
    yield from _compare(what, "report", {name: report.get(name) for name in rebuilt}, rebuilt)
