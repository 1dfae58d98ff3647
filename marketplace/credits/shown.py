"""How splits and the ranking are called in front of people, the panel on a contract's page, and the files."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from markupsafe import Markup

from marketplace.contracts.service import Shown as Contracted
from marketplace.core import layout
from marketplace.core.access import Actor
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import localized
from marketplace.core.shares import percent
from marketplace.core.sheets import Book, Column, Kind, Money, Table
from marketplace.core.sheets.sending import moment_in_words, no_filter
from marketplace.credits import queries, rules
from marketplace.credits.models import SplitStatus
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Scope, View
from marketplace.organizations.models import Organization

LABELS = {
    SplitStatus.PROPOSED: _l("proposed, not agreed yet"), SplitStatus.AGREED: _l("agreed"), SplitStatus.DECLINED: _l("declined"),
    SplitStatus.WITHDRAWN: _l("withdrawn"), SplitStatus.LAPSED: _l("lapsed"), SplitStatus.REPLACED: _l("replaced by a later one"),
}  # fmt: skip
CHIPS = {
    SplitStatus.PROPOSED: "submitted", SplitStatus.AGREED: "published", SplitStatus.DECLINED: "void", SplitStatus.WITHDRAWN: "withdrawn",
    SplitStatus.LAPSED: "withdrawn", SplitStatus.REPLACED: "withdrawn",
}  # fmt: skip


def words() -> dict[str, Any]:
    """What every template about splits needs."""
    return {"labels": LABELS, "chips": CHIPS, "in_percent": rules.in_percent}


def panel(shown: Contracted, fair: Fair, actor: Actor) -> Markup | str:
    """On a contract's page: how its agencies share the credit, what waits for an answer, and the way to propose."""
    if not queries.is_creditable(shown.contract) or not actor.may("credits.read"):
        return ""
    found = queries.shown(queries.of_contract(shown.contract.id, by=actor), by=actor)
    is_party = not actor.organization_ids.isdisjoint(party.organization_id for party in shown.parties)
    settled = any(each.split.frozen_at or each.split.status is SplitStatus.PROPOSED for each in found)
    may_propose = is_party and actor.may("credits.agree") and not settled
    return layout.part("credits/_panel.html", contract=shown.contract, fair=fair, splits=found, may_propose=may_propose, **words())


def lines(found: rules.Credits, agencies: Mapping[UUID, Organization]) -> list[dict[str, Any]]:
    """The ranking as its page shows it: rank, agency, credit, and its share of the whole in percent."""
    return [
        {"rank": rank, "agency": agencies[key], "credit": credit, "percent": percent(credit.total_minor, found.whole.total_minor)}
        for rank, key, credit in rules.ranked(found.agencies)
    ]


def beside(found: rules.Credits) -> list[tuple[str, rules.Credit]]:
    """What no agency is credited with, in words; lines with nothing in them are left out."""
    both = [
        (_("no agency: its parties agreed on no split"), found.unshared),
        (_("confidential contracts, not broken down"), found.hidden),
    ]
    return [(label, credit) for label, credit in both if credit.contracts]


def ranking_book(fair: Fair, scope: Scope, view: View, found: rules.Credits, agencies: Mapping[UUID, Organization]) -> Book:
    """The ranking as a file; its rows sum to the headline."""
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("Scope"), _("%(name)s, number %(number)s", name=localized(scope, "name")[0], number=scope.number)),
        (_("Filter"), no_filter()), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Sums"), _("verified contracts, each amount cut by the agreed shares; all rows together are the headline")),
    ]  # fmt: skip
    columns = [
        Column(label=_("Rank"), kind=Kind.COUNT, weight=6), Column(label=_("Agency"), weight=24), Column(label=_("Contracts"), kind=Kind.COUNT, weight=8),
        Column(label=_("Contracts by share"), kind=Kind.SHARE, weight=9), Column(label=_("Currency"), weight=7),
        Column(label=_("Credited amount"), kind=Kind.AMOUNT, weight=16, summed=True),
        Column(label=_("of which technology amount"), kind=Kind.AMOUNT, weight=16, summed=True), Column(label=_("Share"), kind=Kind.SHARE, weight=8),
    ]  # fmt: skip
    named = [(line["rank"], localized(line["agency"], "name")[0], line["credit"]) for line in lines(found, agencies)]
    rows = (_row(rank, name, credit, found.whole, fair.base_currency) for rank, name, credit in [*named, *((None, *each) for each in beside(found))])
    title = _("Agencies by credit: %(name)s", name=localized(fair, "name")[0])
    name = f"agencies-{fair.slug}" + ("-staff" if view is View.STAFF else "")
    return Book(name=name, title=title, facts=facts, tables=[Table(title=_("Agencies"), columns=columns, rows=rows)])


def _row(rank: int | None, name: str, credit: rules.Credit, whole: rules.Credit, currency: str) -> list[Any]:
    return [
        rank, name, credit.contracts, rules.in_contracts(credit.share_bp), currency, Money(credit.total_minor, currency),
        Money(credit.technology_minor, currency), percent(credit.total_minor, whole.total_minor),
    ]  # fmt: skip


def own_book(agency: str, rows: Iterable[queries.Own], *, statuses: Mapping[str, str]) -> Book:
    """An agency's own contracts with its agreed share of each, sums in each currency apart."""
    facts = [(_("Organisation"), agency), (_("Filter"), no_filter()), (_("Time"), moment_in_words("UTC")),
             (_("Sums"), _("our agreed shares, each currency apart; only verified contracts are counted in a fair total"))]  # fmt: skip
    columns = [
        Column(label=_("No."), weight=11, fits="C-2020-0000"), Column(label=_("Title"), weight=24), Column(label=_("Status"), weight=9),
        Column(label=_("Share in percent"), kind=Kind.SHARE, weight=8), Column(label=_("Fixed"), weight=7), Column(label=_("Currency"), weight=7),
        Column(label=_("Our part of the total"), kind=Kind.AMOUNT, weight=16, summed=True),
        Column(label=_("of which technology amount"), kind=Kind.AMOUNT, weight=16, summed=True),
    ]  # fmt: skip

    def money(own: queries.Own, minor: int | None) -> Money | str:
        if not own.knows_amounts:
            return _("not open to you")
        return _("undisclosed") if minor is None else Money(minor, own.contract.currency)

    cells = (
        [
            own.contract.reference, localized(own.contract, "title")[0], statuses[own.contract.status.value], rules.in_percent(own.share_bp),
            _("yes") if own.frozen else _("no"), own.contract.currency, money(own, own.total_minor), money(own, own.technology_minor),
        ]
        for own in rows
    )  # fmt: skip
    return Book(name="credits", title=_("Our credit"), facts=facts, tables=[Table(title=_("Contracts"), columns=columns, rows=cells, counted=_("contracts"))])
