"""Loading published rates, and finding the one to freeze on a posting."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import CURRENCIES
from marketplace.ledger.models import Rate
from marketplace.ledger.rules import Conversion

OLDEST = timedelta(days=7)
EURO = "EUR"


class NoRate(DomainError):
    slug, title = "rate-missing", _l("No exchange rate")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: rows of the file, legs added, legs that were there already."""

    days: int
    added: int
    known: int


def read_legs(lines: Iterable[str]) -> list[tuple[date, str, str]]:
    """(day, currency, units per euro as text) of a CSV with the columns ``date`` and ``EUR_<currency>``.

    Other columns, such as crosses, are not published rates and are left alone. Raises Invalid naming row and column.
    """
    found = []
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            day = date.fromisoformat(row.get("date") or "")
        except ValueError as error:
            raise Invalid.field(f"{number}/date", "day", gettext("A day such as 2020-09-17 is expected.")) from error
        if day > now().date():
            raise Invalid.field(f"{number}/date", "day_future", gettext("A rate of a day to come does not exist."))
        for column, text in row.items():
            if column and column.startswith("EUR_") and text:
                currency = column.removeprefix("EUR_")
                found.append((day, currency, _leg(text, currency, f"{number}/{column}")))
    if not found:
        raise Invalid.field("1", "columns", gettext("No column EUR_<currency> with a rate was found."))
    return found


def _leg(text: str, currency: str, where: str) -> str:
    if currency != "RUB" and currency not in CURRENCIES:
        raise Invalid.field(where, "currency_unknown", gettext("This currency is not known."))
    try:
        value = Decimal(text.strip())
    except InvalidOperation as error:
        raise Invalid.field(where, "rate_invalid", gettext("A rate such as 7.9861 is expected.")) from error
    if not value.is_finite() or not Decimal("0.000001") <= value <= Decimal("1000000000"):
        raise Invalid.field(where, "rate_invalid", gettext("A rate such as 7.9861 is expected."))
    return format(value, "f")


def load(lines: Iterable[str], *, source: str = "ECB") -> Loaded:
    """Add published legs. A leg that is there already stays as it is: a different value for it is refused.

    Raises Invalid; then nothing was loaded.
    """
    legs = read_legs(lines)
    days = {day for day, _, _ in legs}
    known = {
        (rate.day, rate.currency): rate.per_euro
        for rate in db.session.scalars(select(Rate).where(Rate.source == source, Rate.day.in_(days)))
    }
    moment, added = now(), 0
    for day, currency, text in legs:
        there = known.get((day, currency))
        if there is None:
            db.session.add(Rate(source=source, currency=currency, day=day, per_euro=text, loaded_at=moment))
            known[(day, currency)] = text
            added += 1
        elif Decimal(there) != Decimal(text):
            raise Invalid.field(f"{day}/EUR_{currency}", "rate_differs", gettext("Another rate of this day is loaded already: %(rate)s.", rate=there))
    return Loaded(days=len(days), added=added, known=len(legs) - added)


def conversion(currency: str, base: str, signed_on: date, *, source: str = "ECB") -> Conversion:
    """The legs to freeze: of the last day on or before ``signed_on`` that has both, at most 7 days before.

    Raises NoRate saying what to load.
    """
    if currency == base:
        return Conversion(rate_from="1", rate_to="1", day=signed_on, source="identity")
    wanted = {currency, base} - {EURO}
    rows = db.session.scalars(
        select(Rate)
        .where(Rate.source == source, Rate.currency.in_(wanted), Rate.day <= signed_on, Rate.day >= signed_on - OLDEST)
        .order_by(Rate.day.desc())
    )
    by_day: dict[date, dict[str, str]] = {}
    for rate in rows:
        by_day.setdefault(rate.day, {EURO: "1"})[rate.currency] = rate.per_euro
    for day, legs in by_day.items():
        if wanted <= legs.keys():
            return Conversion(rate_from=legs[currency], rate_to=legs[base], day=day, source=source)
    raise NoRate(
        gettext(
            "There is no %(source)s rate of %(pair)s for %(day)s or the 7 days before. Load it with “flask fx load FILE”.",
            source=source, pair=" / ".join(sorted(wanted | {EURO})), day=signed_on.isoformat(),
        )
    )  # fmt: skip
