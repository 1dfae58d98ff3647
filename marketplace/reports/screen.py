"""What the big screen of a fair shows: the public view alone, as plain values in one language with the other beside it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol
from sqlalchemy import select

from marketplace.ceremonies import queries as ceremonies
from marketplace.contracts.models import Contract, Party, PartyRole
from marketplace.contracts.queries import parties_of
from marketplace.core.db import db
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import html_lang, localized, speaking
from marketplace.core.i18n import language as reading
from marketplace.core.money import format_money, short, short_rounded, to_text
from marketplace.fairs.models import Fair
from marketplace.ledger import queries
from marketplace.ledger.models import ContractClass, Hold, PublicEntry, Scope, Status, View, Voucher
from marketplace.ledger.queries import Total
from marketplace.ledger.rules import CONFIDENTIAL
from marketplace.reports import figure

SHAPE = 1
"""Raised when the same figures are written otherwise, so that nobody keeps the older writing."""
MOST_CELLS, MOST_LAST = 4, 5
OTHER = {"en": "zh", "zh": "en"}
BRIEF = {"trillion": "tn", "billion": "bn", "million": "m"}
ENTERS = ("verify", "release")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a board depends on: read in two queries, whatever the size of the fair."""

    fair_id: UUID
    scope_id: UUID
    tag: str
    public_at: datetime | None


def standing(slug: str, language: str) -> Standing | None:
    """The newest public number of a fair with its headline scope and target; None where there is no such fair."""
    query = select(Fair.id, Fair.version, Scope.id.label("scope_id")).join(Scope, (Scope.fair_id == Fair.id) & Scope.headline & Scope.retired_at.is_(None))
    row = db.session.execute(query.add_columns(ceremonies.target_version().label("target")).where(Fair.slug == slug)).one_or_none()
    if row is None:
        return None
    seq, at = queries.head(row.id, View.PUBLIC)
    return Standing(row.id, row.scope_id, f"{SHAPE}-{row.version}-{row.scope_id.hex}-{row.target or 0}-{seq}-{language}", at)


def board(fair: Fair, total: Total, *, at: datetime | None, language: str) -> dict[str, Any]:
    """The whole board in ``en`` or ``zh``: numbers as text and as minor units, names in that language, the other one beside."""
    other = OTHER[language]
    head, currency = total.headline.amounts, total.currency
    contract = ContractClass.CONTRACT
    with speaking(language):
        number, unit = short_rounded(head.base_total_minor, currency, locale=language)
        countries = [key for key in total.breakdowns.get("country", {}) if key not in (CONFIDENTIAL, "")]
        return {
            "fair": fair.slug, "language": language, "currency": currency,
            "as_of_seq": total.as_of_seq, "as_of": at.isoformat() if at else None,
            "as_of_text": f"{at.astimezone(ZoneInfo(fair.time_zone)):%Y-%m-%d %H:%M}" if at else "",
            "number": number, "unit": unit, "beside": " ".join(short_rounded(head.base_total_minor, currency, locale=other)),
            "total_minor": head.base_total_minor, "total": to_text(head.base_total_minor, currency),
            "exact": format_money(head.base_total_minor, currency, locale=language),
            "count": head.count, "countries": len(countries),
            "signed": total.row(contract, Status.SIGNED).amounts.count, "declared": total.row(contract, Status.DECLARED).amounts.count,
            "by_field": cells(total, "field", language), "by_country": cells(total, "country", language),
            "last": last_signings(fair, total.scope, language),
            "target": target(fair, head.base_total_minor, language),
        }  # fmt: skip


def cells(total: Total, axis: str, language: str) -> list[dict[str, Any]]:
    """The largest cells of a breakdown, and the sum of the rest; confidential deals are one cell of no name."""
    found = total.breakdowns.get(axis, {})
    shown, rest = list(found.items())[:MOST_CELLS], list(found.items())[MOST_CELLS:]
    rows = [(figure.label(axis, key), _in(OTHER[language], axis, key), amounts.base_total_minor, amounts.count) for key, amounts in shown]
    if rest:
        names = []
        for each in (language, OTHER[language]):
            with speaking(each):
                names.append(_("All others"))
        rows.append((names[0], names[1], sum(a.base_total_minor for _key, a in rest), sum(a.count for _key, a in rest)))
    most = max((minor for _label, _beside, minor, _count in rows), default=0) or 1
    return [
        {
            "label": label, "beside": beside if beside != label else "", "amount": short_amount(minor, total.currency, language), "count": count,
            "width": round(max(0, 100 * minor / most), 1),
        }
        for label, beside, minor, count in rows
    ]  # fmt: skip


def _in(language: str, axis: str, key: str) -> str:
    with speaking(language):
        return figure.label(axis, key)


def short_amount(minor: int, currency: str, language: str) -> str:
    """"¥5.236 bn", "52.36 亿元": rounded, for the eye and the back of a hall, never for a sum."""
    number, unit = short_rounded(minor, currency, locale=language)
    if language == "zh":
        return f"{number} {unit}"
    symbol = get_currency_symbol(currency, "zh")  # as amounts are written elsewhere: ¥ for yuan, US$ for dollars
    scale = BRIEF.get(unit.partition(" ")[0], "")
    return f"{symbol}{' ' if symbol[-1].isalpha() else ''}{number}{' ' if scale else ''}{scale}"


def last_signings(fair: Fair, scope: Scope, language: str) -> list[dict[str, Any]]:
    """The open deals that entered the public total last, by press or by verification, the newest first; two queries.

    A confidential deal is never among them, nor one that is under embargo or counts no more.
    """
    rule = scope.rule
    query = (
        select(PublicEntry.at, Contract)
        .join(Voucher, Voucher.id == PublicEntry.voucher_id)
        .join(Contract, Contract.id == Voucher.contract_id)
        .where(PublicEntry.fair_id == fair.id, PublicEntry.sign == 1, Voucher.move.in_(ENTERS), Voucher.open)
        .where(Contract.status == Status.VERIFIED, Contract.contract_class == ContractClass.CONTRACT, Contract.open)
        .where(Contract.kind.in_(rule["kinds"]), Contract.place.in_(rule["places"]))
        .where(~select(Hold.contract_id).where(Hold.contract_id == Contract.id).exists())
        .order_by(PublicEntry.public_seq.desc())
        .limit(4 * MOST_LAST)  # a press that was undone and repeated has several
    )
    if rule.get("from"):
        query = query.where(Contract.signed_on >= date.fromisoformat(rule["from"]))
    if rule.get("to"):
        query = query.where(Contract.signed_on <= date.fromisoformat(rule["to"]))
    newest: dict[UUID, tuple[datetime, Contract]] = {}
    for at, contract in db.session.execute(query):
        newest.setdefault(contract.id, (at, contract))
    chosen = list(newest.values())[:MOST_LAST]
    parties = parties_of([contract.id for _at, contract in chosen])
    return [_signing(fair, at, contract, parties[contract.id], language) for at, contract in chosen]


def _signing(fair: Fair, at: datetime, contract: Contract, parties: list[Party], language: str) -> dict[str, Any]:
    title, title_language = localized(contract, "title")
    local = at.astimezone(ZoneInfo(fair.time_zone))
    return {
        "at": at.isoformat(), "time": f"{local:%H:%M}", "title": title, "title_lang": html_lang(title_language),
        "parties": " · ".join(party.name for party in parties if party.role is not PartyRole.BROKER),
        "amount": _("undisclosed") if contract.total_minor is None else short_amount(contract.total_minor, contract.currency, language),
    }  # fmt: skip


def target(fair: Fair, total_minor: int, language: str) -> dict[str, Any] | None:
    """What the fair hopes for, and how much of it is there; None when there is no target."""
    minor, _version = ceremonies.target_minor(fair.id)
    if minor is None:
        return None
    reached = 100 * total_minor / minor
    return {
        "minor": minor, "amount": short(minor, fair.base_currency, locale=language), "percent": f"{int(reached * 10) / 10:.1f} %",
        "width": round(min(100.0, max(0.0, reached)), 1),
    }  # fmt: skip


def texts() -> dict[str, tuple[str, str]]:
    """The board's own texts, each in the reader's language and in the other one."""

    def said() -> dict[str, str]:
        return {
            "title": _("Verified contracts, total"), "count": _("contracts"), "countries": _("countries"), "signed": _("signed, being checked"),
            "waiting": _("Waiting, not counted"), "by_field": _("By field"), "by_country": _("By country"),
            "last": _("Last signed and verified"), "target": _("Target"), "recorded": _("As of"), "declared": _("declared"),
            "heard": _("Last heard at"), "empty": _("No contract counts yet."), "not_counted": _("Letters of intent and frameworks are not counted."),
        }  # fmt: skip

    first = reading()
    with speaking(OTHER[first]):
        beside = said()
    return {name: (text, beside[name]) for name, text in said().items()}
