"""Reading figures and closed days, and the moments of the public view."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.figures.models import CarriedOver, Close, Figure, Proposal, Withdrawal
from marketplace.ledger.models import Posting, PublicEntry, Scope, Status, Voucher
from marketplace.ledger.rules import takes

BY_TIME = (Figure.frozen_at, Figure.id)


def by_code(code: str) -> Figure:
    """Raises NotFound."""
    found = db.session.scalar(select(Figure).where(Figure.code == code))
    if found is None:
        raise NotFound()
    return found


def listed(fair_id: UUID) -> Select[Any]:
    """A fair's figures, for `core.pages.paged` by `BY_TIME`."""
    return select(Figure).where(Figure.fair_id == fair_id)


def everything() -> list[Figure]:
    """All figures, the oldest first."""
    return list(db.session.scalars(select(Figure).order_by(*BY_TIME)))


def same(scope_id: UUID, axis: str, key: str, public_seq: int) -> Figure | None:
    """The figure of this very content."""
    return db.session.scalar(
        select(Figure).where(Figure.scope_id == scope_id, Figure.axis == axis, Figure.key == key, Figure.public_seq == public_seq)
    )


def newest(fair_id: UUID, scope_code: str, *, axis: str = "", key: str = "", until: int | None = None) -> Figure | None:
    """The last figure of a scope (whatever its number) and filter; with ``until`` the last one of an earlier number or rule."""
    query = select(Figure).join(Scope, Scope.id == Figure.scope_id)
    query = query.where(Figure.fair_id == fair_id, Scope.code == scope_code, Figure.axis == axis, Figure.key == key)
    if until is not None:
        query = query.where(Figure.public_seq <= until)
    return db.session.scalar(query.order_by(Figure.public_seq.desc(), Scope.number.desc()).limit(1))


def withdrawals(ids: Iterable[UUID]) -> dict[UUID, Withdrawal]:
    """{figure: its withdrawal}, one query."""
    found = db.session.scalars(select(Withdrawal).where(Withdrawal.figure_id.in_(list(ids))))
    return {each.figure_id: each for each in found}


def figures(ids: Iterable[UUID]) -> dict[UUID, Figure]:
    return {each.id: each for each in db.session.scalars(select(Figure).where(Figure.id.in_(list(ids))))}


def public_moment(fair: Fair, seq: int) -> tuple[int, datetime]:
    """(the last number until ``seq`` at which the public view changed, when); before the first, 0 and when the fair began."""
    query = select(PublicEntry.public_seq, PublicEntry.at).where(PublicEntry.fair_id == fair.id, PublicEntry.public_seq <= seq)
    row = db.session.execute(query.order_by(PublicEntry.public_seq.desc()).limit(1)).first()
    return (row.public_seq, row.at) if row else (0, fair.created_at)


def voided(fair: Fair, scope: Scope, public_seq: int, *, axis: str = "", key: str = "") -> list[UUID]:
    """Named contracts that were verified, in this scope and cell, and that the public view had as void at this number."""
    query = (
        select(Voucher.contract_id, Voucher.kind, Voucher.place, Voucher.signed_on, func.sum(PublicEntry.sign).label("times"))
        .join(PublicEntry, PublicEntry.voucher_id == Voucher.id)
        .join(Posting, Posting.voucher_id == Voucher.id)
        .where(PublicEntry.fair_id == fair.id, PublicEntry.public_seq <= public_seq)
        .where(Voucher.move == "void", Voucher.open, Posting.status == Status.VERIFIED)
        .group_by(Voucher.contract_id, Voucher.kind, Voucher.place, Voucher.signed_on)
    )
    if axis:
        query = query.where(getattr(Voucher, axis) == key)
    return [
        row.contract_id
        for row in db.session.execute(query)
        if row.times > 0 and takes(scope.rule, kind=row.kind, place=row.place, signed_on=row.signed_on)
    ]


def closes(fair_id: UUID) -> list[Close]:
    """The closed days, the latest first."""
    return list(db.session.scalars(select(Close).where(Close.fair_id == fair_id).order_by(Close.day.desc())))


def close(fair_id: UUID, day: date) -> Close | None:
    return db.session.scalar(select(Close).where(Close.fair_id == fair_id, Close.day == day))


def last_close(fair_id: UUID) -> Close | None:
    return db.session.scalar(select(Close).where(Close.fair_id == fair_id).order_by(Close.day.desc()).limit(1))


def proposal(fair_id: UUID) -> Proposal | None:
    """The day that one person has signed off and a second has not yet."""
    return db.session.get(Proposal, fair_id, populate_existing=True)


def carried(fair_id: UUID, day: date) -> dict[str, CarriedOver]:
    """{item: why the day is closed with it}."""
    found = db.session.scalars(select(CarriedOver).where(CarriedOver.fair_id == fair_id, CarriedOver.day == day))
    return {each.item: each for each in found}


def names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """{person: name}."""
    wanted = [each for each in ids if each is not None]
    return {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))}


def closes_in_order() -> list[tuple[Close | None, Close]]:
    """(the close before it, close) of every closed day, fair by fair."""
    found: list[tuple[Close | None, Close]] = []
    for each in db.session.scalars(select(Close).order_by(Close.fair_id, Close.day)):
        before = found[-1][1] if found and found[-1][1].fair_id == each.fair_id else None
        found.append((before, each))
    return found


def exists(code: str) -> bool:
    return db.session.scalar(select(Figure.id).where(Figure.code == code)) is not None


def get(figure_id: UUID) -> Figure:
    """Raises NotFound."""
    found = db.session.get(Figure, figure_id)
    if found is None:
        raise NotFound()
    return found
