"""Lists as files: contracts as they are filtered, and the vouchers of a fair."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, Party
from marketplace.core.db import db
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.sheets import Book, Column, Kind, Money, Table
from marketplace.core.sheets.sending import moment_in_words, no_filter, wall_clock
from marketplace.fairs.models import Fair
from marketplace.ledger import queries as ledger
from marketplace.ledger import views as ledger_pages
from marketplace.ledger.models import ContractClass, Posting, Voucher
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS

BATCH = 500
A_REFERENCE = "C-2020-0000"


def in_words(chosen: Mapping[str, str]) -> str:
    """A filter for a file: "Status: verified; Class: contract", or that there is none."""
    return "; ".join(f"{label}: {text}" for label, text in chosen.items() if text) or no_filter()


def every(query: Select[Any]) -> Iterator[Contract]:
    """All contracts of a select in the order in which they were logged, a batch in memory at a time."""
    after: UUID | None = None
    ordered = query.order_by(Contract.id).limit(BATCH)
    while True:
        part = list(db.session.scalars(ordered if after is None else ordered.where(Contract.id > after)))
        yield from part
        if len(part) < BATCH:
            return
        after = part[-1].id


def with_parties(query: Select[Any]) -> Iterator[tuple[Contract, list[Party]]]:
    """As `every`, each with its parties: two queries for a batch."""
    batch: list[Contract] = []

    def told() -> Iterator[tuple[Contract, list[Party]]]:
        parties = contracts.parties_of([contract.id for contract in batch])
        yield from ((contract, parties[contract.id]) for contract in batch)

    for contract in every(query):
        batch.append(contract)
        if len(batch) == BATCH:
            yield from told()
            batch.clear()
    yield from told()


def contracts_book(query: Select[Any], *, fair: Fair | None, words: Mapping[str, Mapping[Any, str]], chosen: Mapping[str, str], zone: str) -> Book:
    """The contracts of a select, with their sums in each currency as they were agreed; ``words`` are the desk's labels."""
    facts = [(_("Filter"), in_words(chosen)), (_("Time"), moment_in_words(zone)),
             (_("Sums"), _("of the amounts of class contract, each currency apart; only verified ones are counted in the fair total"))]  # fmt: skip
    if fair is not None:
        facts.insert(0, (_("Fair"), localized(fair, "name")[0]))
    columns = [
        Column(label=_("No."), weight=11, fits=A_REFERENCE), Column(label=_("Title"), weight=22), Column(label=_("Class"), weight=9), Column(label=_("Kind"), weight=10),
        Column(label=_("Technology field"), weight=11), Column(label=_("Status"), weight=8), Column(label=_("Provider"), weight=15),
        Column(label=_("Recipient"), weight=15), Column(label=_("Country"), weight=8), Column(label=_("Signed on"), kind=Kind.DAY, weight=9),
        Column(label=_("Currency"), weight=6), Column(label=_("Total amount"), kind=Kind.AMOUNT, weight=15, summed=True),
        Column(label=_("of which technology amount"), kind=Kind.AMOUNT, weight=15, summed=True),
    ]  # fmt: skip
    rows = (_contract(contract, parties, words) for contract, parties in with_parties(query))
    title = _("Contracts: %(name)s", name=localized(fair, "name")[0]) if fair is not None else _("Our contracts")
    name = f"contracts-{fair.slug}" if fair is not None else "contracts"
    return Book(name=name, title=title, facts=facts, tables=[Table(title=_("Contracts"), columns=columns, rows=rows, counted=_("contracts"))])


def _contract(contract: Contract, parties: list[Party], words: Mapping[str, Mapping[Any, str]]) -> list[Any]:
    def names(role: str) -> str:
        return " · ".join(party.name for party in parties if party.role.value == role)

    country = next((party.country for party in parties if party.role.value == "provider"), None)
    return [
        contract.reference, localized(contract, "title")[0], words["class"][contract.contract_class.value], DEAL_KINDS.label(contract.kind, language()),
        CHINA_FIELDS.label(contract.field, language()), words["status"][contract.status.value], names("provider"), names("recipient"),
        COUNTRIES.label(country, language()), contract.signed_on, contract.currency, amount(contract, contract.total_minor),
        amount(contract, contract.technology_minor),
    ]  # fmt: skip


def amount(contract: Contract, minor: int | None) -> Money | str | None:
    """An amount of a contract; undisclosed ones say so, and an intent or framework has none."""
    if minor is not None:
        return Money(minor, contract.currency)
    return _("undisclosed") if contract.contract_class is ContractClass.CONTRACT else None


def vouchers_book(fair: Fair) -> Book:
    """Every voucher of a fair, a line for each posting: in each currency the postings sum to zero."""
    last, _booked_at = ledger.head(fair.id)
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("Filter"), no_filter()), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Last number"), str(last)), (_("Sums"), _("Every voucher sums to zero, so each currency does.")),
    ]  # fmt: skip
    base = fair.base_currency
    columns = [
        Column(label=_("No."), kind=Kind.COUNT, weight=6), Column(label=_("Booked"), weight=17), Column(label=_("Move"), weight=9),
        Column(label=_("Contract"), weight=12, fits=A_REFERENCE), Column(label=_("Account"), weight=16), Column(label=_("Currency"), weight=7),
        Column(label=_("Total amount"), kind=Kind.AMOUNT, weight=15, summed=True),
        Column(label=_("of which technology amount"), kind=Kind.AMOUNT, weight=15, summed=True),
        Column(label=_("In %(currency)s", currency=base), kind=Kind.AMOUNT, weight=15), Column(label=_("Rate"), weight=18),
        Column(label=_("Corrects"), kind=Kind.COUNT, weight=7), Column(label=_("Reason"), weight=14), Column(label=_("Hash"), weight=16),
    ]  # fmt: skip
    table = Table(title=_("Vouchers"), columns=columns, rows=_postings(fair, last), counted=_("postings"))
    return Book(name=f"ledger-{fair.slug}", title=_("Ledger: %(name)s", name=localized(fair, "name")[0]), facts=facts, tables=[table])


def _postings(fair: Fair, last: int) -> Iterator[list[Any]]:
    words, seq = ledger_pages.words(), 0
    while seq < last:
        part = ledger.vouchers_after(fair.id, seq, BATCH)
        if not part:
            return
        moved = {voucher.contract_id for voucher, _lines in part}
        references = {row.id: row.reference for row in db.session.execute(select(Contract.id, Contract.reference).where(Contract.id.in_(moved)))}
        corrected = {each for voucher, _lines in part for each in (voucher.corrects_id, voucher.reverses_id) if each}
        numbers = {row.id: row.seq for row in db.session.execute(select(Voucher.id, Voucher.seq).where(Voucher.id.in_(corrected)))}
        for voucher, postings in part:
            for posting in postings:
                yield _posting(voucher, posting, fair, words, references, numbers)
        seq = part[-1][0].seq


def _posting(
    voucher: Voucher, posting: Posting, fair: Fair, words: Mapping[str, Mapping[str, str]], references: Mapping[UUID, str], numbers: Mapping[UUID, int]
) -> list[Any]:
    def money(minor: int | None, currency: str) -> Money | None:
        return None if minor is None else Money(minor, currency)

    account = words["status"][posting.status.value] if posting.status else words["mark"][posting.mark.value] if posting.mark else _("outside")
    rate = f"{voucher.rate_to} / {voucher.rate_from}, {voucher.rate_day} {voucher.rate_source}" if voucher.rate_from else None
    corrects = voucher.corrects_id or voucher.reverses_id
    return [
        voucher.seq, wall_clock(fair.time_zone, voucher.booked_at), words["move"].get(voucher.move, voucher.move),
        references.get(voucher.contract_id), f"{words['class'][posting.contract_class.value]} / {account}", posting.currency,
        money(posting.total_minor, posting.currency), money(posting.technology_minor, posting.currency),
        money(posting.base_total_minor, fair.base_currency), rate, numbers.get(corrects) if corrects else None, voucher.reason, voucher.hash,
    ]  # fmt: skip
