"""The registration form of technology contracts (《技术合同登记表》 JJ-001) of a fair's verified contracts, and what is missing in it.

Headings stand in Chinese with the English beneath; codes are the official ones; what is unknown is empty and listed.
"""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Select

from marketplace.contracts import queries as contracts
from marketplace.contracts.models import Contract, OtherKind, Party, PaymentMode
from marketplace.core.access import Actor
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized
from marketplace.core.sheets import Book, Column, Kind, Money, Table
from marketplace.core.sheets.sending import moment_in_words
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.reports import customs
from marketplace.reports.lists import every
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, DEAL_KINDS, IP_KINDS, LEGAL_TYPES, PLAN_CATEGORIES, PURPOSES

REGISTRABLE = tuple(code for code, term in DEAL_KINDS.items() if term.group == "technology")
"""The kinds that are registered: the Civil Code's five. Joint ventures and industrial cooperation are no technology contracts."""
HOME = "CN"
PAYMENT = {
    PaymentMode.LUMP_SUM: "一次总付", PaymentMode.INSTALMENTS: "分期支付", PaymentMode.ROYALTY: "提成支付",
    PaymentMode.UPFRONT_PLUS_ROYALTY: "入门费加提成", PaymentMode.EQUITY: "技术入股",
}  # fmt: skip
BATCH = 500


class Entry:
    """One contract with what the form asks of it. The first provider is the seller, the first recipient the buyer."""

    def __init__(self, contract: Contract, parties: list[Party], planned: Money | None):
        self.contract, self.parties, self.planned = contract, parties, planned

    def party(self, role: str) -> Party:
        return next(party for party in self.parties if party.role.value == role)

    def names(self, role: str) -> str:
        return "、".join(party.name for party in self.parties if party.role.value == role)

    def money(self, minor: int | None) -> Money | None:
        return None if minor is None else Money(minor, self.contract.currency)

    @property
    def is_transfer(self) -> bool:
        return self.contract.kind in {"transfer", "licence"}

    @property
    def is_foreign(self) -> bool:
        return any(party.country != HOME for party in self.parties if party.role.value != "broker")


Field = tuple[str, str, Kind, int, Callable[[Entry], Any], Callable[[Entry], bool]]


def _always(_entry: Entry) -> bool:
    return True


def _never(_entry: Entry) -> bool:
    return False


def _zh(vocabulary: Any, code: str | None) -> str | None:
    """The form's own words are Chinese, whoever reads it."""
    return vocabulary.label(code, "zh") if code is not None and code in vocabulary else None


def _region(party: Party) -> str | None:
    """Six digits of GB/T 2260: a province alone is filled up with zeros."""
    return None if party.region is None else party.region.ljust(6, "0")


def _of_party(role: str, zh: str, en: str) -> list[Field]:
    return [
        (f"{zh}名称", f"{en}", Kind.TEXT, 22, lambda e: e.names(role), _always),
        (f"{zh}国别代码", f"{en}'s country (customs code)", Kind.TEXT, 10, lambda e: customs.CODES.get(e.party(role).country), _always),
        (f"{zh}行政区划代码", f"{en}'s region (GB/T 2260)", Kind.TEXT, 10, lambda e: _region(e.party(role)), lambda e: e.party(role).country == HOME),
        (f"{zh}性质", f"{en}'s legal type", Kind.TEXT, 9, lambda e: e.party(role).legal_type, lambda e: e.party(role).country == HOME),
        (f"{zh}性质名称", f"{en}'s legal type, in words", Kind.TEXT, 12, lambda e: _zh(LEGAL_TYPES, e.party(role).legal_type), _never),
    ]


def _kinds_of_ip(entry: Entry) -> str | None:
    return "、".join(IP_KINDS.label(code, "zh") for code in entry.contract.ip_kinds or [] if code in IP_KINDS) or None


def _yes(value: bool | None) -> str | None:
    return None if value is None else "是" if value else "否"


def _payment(entry: Entry) -> str | None:
    mode = entry.contract.payment_mode
    return None if mode is None else PAYMENT[mode]


FIELDS: tuple[Field, ...] = (
    ("系统编号", "Our reference", Kind.TEXT, 12, lambda e: e.contract.reference, _never),
    ("合同登记编号", "Registration number", Kind.TEXT, 16, lambda e: e.contract.registration_number, _never),
    ("项目名称", "Project", Kind.TEXT, 28, lambda e: e.contract.title_zh or e.contract.title_en, lambda e: e.contract.title_zh is None),
    ("合同编号", "Contract number", Kind.TEXT, 14, lambda e: e.contract.number, _never),
    ("合同类别", "Category", Kind.TEXT, 10, lambda e: _zh(DEAL_KINDS, e.contract.kind), _always),
    ("合同签订日期", "Signed on", Kind.DAY, 10, lambda e: e.contract.signed_on, _always),
    ("合同有效期起", "Valid from", Kind.DAY, 10, lambda e: e.contract.valid_from, _always),
    ("合同有效期止", "Valid to", Kind.DAY, 10, lambda e: e.contract.valid_to, _always),
    *_of_party("provider", "卖方", "Seller"),
    *_of_party("recipient", "买方", "Buyer"),
    ("技术领域", "Technology field", Kind.TEXT, 14, lambda e: _zh(CHINA_FIELDS, e.contract.field), _always),
    ("知识产权类型", "Intellectual property", Kind.TEXT, 14, _kinds_of_ip, _always),
    ("计划类别", "Government programme", Kind.TEXT, 12, lambda e: _zh(PLAN_CATEGORIES, e.contract.plan_category), _always),
    ("社会经济目标", "Social and economic purpose", Kind.TEXT, 14, lambda e: _zh(PURPOSES, e.contract.purpose), _always),
    ("币种", "Currency", Kind.TEXT, 7, lambda e: e.contract.currency, _always),
    ("合同成交总额", "Total amount", Kind.AMOUNT, 16, lambda e: e.money(e.contract.total_minor), _always),
    ("技术交易额", "Technology amount", Kind.AMOUNT, 16, lambda e: e.money(e.contract.technology_minor), _always),
    ("支付方式", "Payment", Kind.TEXT, 10, _payment, _always),
    ("是否涉外", "Foreign", Kind.TEXT, 6, lambda e: _yes(e.is_foreign), _always),
    ("是否关联交易", "Related parties", Kind.TEXT, 7, lambda e: _yes(e.contract.related_parties), _always),
    ("预计新增投入", "Expected new investment", Kind.AMOUNT, 14, lambda e: e.planned, lambda e: e.is_transfer),
    ("预计新增产值", "Expected new output", Kind.AMOUNT, 14, lambda _e: None, lambda e: e.is_transfer),
)  # fmt: skip
SUMMED = {"合同成交总额", "技术交易额"}


def book(fair: Fair, *, by: Actor) -> Book:
    """The form of each verified technology contract of a fair, a line each, and beneath it a line for each field that is missing."""
    facts = [
        (_("Fair"), localized(fair, "name")[0]),
        (_("Filter"), _("verified contracts of the five kinds of technology contract; up to 2020 a licence was counted as a transfer")),
        (_("Time"), moment_in_words(fair.time_zone)),
    ]
    columns = [
        Column(label=f"{zh}\n{en}", kind=kind, weight=weight, summed=zh in SUMMED) for zh, en, kind, weight, _value, _needed in FIELDS
    ]
    missing = [Column(label="系统编号\nOur reference", weight=12), Column(label="项目名称\nProject", weight=28), Column(label="待补字段\nMissing", weight=24)]
    return Book(
        name=f"registration-{fair.slug}", title="技术合同登记表 JJ-001", facts=facts,
        tables=[
            Table(title="登记表 JJ-001", columns=columns, rows=([value(e) for *_, value, _need in FIELDS] for e in entries(fair, by=by)), counted=_("contracts")),
            Table(title="待补 missing", columns=missing, rows=_missing(fair, by=by), counted=_("missing fields")),
        ],
    )  # fmt: skip


def selected(fair: Fair, *, by: Actor) -> Select[Any]:
    """The contracts of the form: those that this person may read. Raises nothing; a stranger reads none."""
    query = contracts.contracts(by=by, fair_id=fair.id, status=Status.VERIFIED, contract_class=ContractClass.CONTRACT)
    return query.where(Contract.kind.in_(REGISTRABLE))


def entries(fair: Fair, *, by: Actor) -> Iterator[Entry]:
    """Each contract with its parties and planned investment, a batch in memory at a time."""
    batch: list[Contract] = []
    for contract in every(selected(fair, by=by)):
        batch.append(contract)
        if len(batch) == BATCH:
            yield from _told(batch)
            batch = []
    yield from _told(batch)


def _told(batch: list[Contract]) -> Iterator[Entry]:
    ids = [contract.id for contract in batch]
    parties, others = contracts.parties_of(ids), contracts.others_of(ids)
    for contract in batch:
        planned = next((each for each in others[contract.id] if each.kind is OtherKind.PLANNED_INVESTMENT), None)
        yield Entry(contract, parties[contract.id], Money(planned.amount_minor, planned.currency) if planned else None)


def lacking(entry: Entry) -> list[str]:
    """The headings of the fields that the form asks of this contract and that are empty."""
    return [f"{zh} {en}" for zh, en, _kind, _weight, value, needed in FIELDS if needed(entry) and (value(entry) is None or zh == "项目名称")]


def _missing(fair: Fair, *, by: Actor) -> Iterator[list[Any]]:
    for entry in entries(fair, by=by):
        title = entry.contract.title_zh or entry.contract.title_en
        for heading in lacking(entry):
            yield [entry.contract.reference, title, heading]

