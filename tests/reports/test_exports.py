"""Lists and totals as files: the filter, the rights and the figures of their pages, in every format."""

import csv
import io
from datetime import date

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from marketplace.contracts import service
from marketplace.core.db import db, transaction
from marketplace.ledger.models import Status
from marketplace.reports import registration
from tests.contracts.factories_contracts import make_contract, make_desk
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, sign_in

FORMATS = ("csv", "xlsx", "pdf")


@pytest.fixture
def desk(app):
    return make_desk(app, current=True)


def lines_of(answer) -> list[list[str]]:
    """A CSV file without its mark, closed afterwards."""
    assert answer.status_code == 200, answer.text[:300]
    text = answer.data.decode("utf-8-sig")
    answer.close()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def facts_of(lines) -> dict[str, str]:
    """The facts at the beginning, and count and sums at the end."""
    return {line[0]: line[1] for line in lines if len(line) > 1 and line[0] and line[1]}


def contracts(client, desk, **query):
    return lines_of(client.get("/contracts/export.csv", query_string={"fair": desk.fair.slug, **query}))


def references(lines) -> set[str]:
    return {line[0] for line in lines if line[0].startswith("C-")}


def test_the_contracts_are_those_of_the_filter_and_the_file_says_so(client, desk):
    verified = make_contract(desk, total_amount="5.00", technology_amount="2.00")
    declared = make_contract(desk, Status.DECLARED, total_amount="7.00", technology_amount=None)
    sign_in(client, desk.clerk)
    everything, some = contracts(client, desk), contracts(client, desk, status="verified")
    assert references(everything) == {verified.reference, declared.reference}
    assert references(some) == {verified.reference}
    said = facts_of(some)
    assert said["Filter"] == "Status: Verified"
    assert facts_of(everything)["Filter"] == "none"
    assert said["Count: contracts"] == "1"
    assert said["Sum in CNY: Total amount"] == "5.00"
    assert said["Sum in CNY: of which technology amount"] == "2.00"
    assert "(Asia/Shanghai)" in said["Time"]
    assert desk.fair.name_en == said["Fair"]


def test_sums_stand_by_currency_and_an_undisclosed_amount_is_no_zero(client, desk):
    for amount, currency in (("5.00", "CNY"), ("7.50", "USD"), (None, "CNY")):
        make_contract(desk, Status.DECLARED, total_amount=amount, technology_amount=None, currency=currency)
    sign_in(client, desk.clerk)
    lines = contracts(client, desk)
    said = facts_of(lines)
    assert (said["Sum in CNY: Total amount"], said["Sum in USD: Total amount"]) == ("5.00", "7.50")
    assert [line for line in lines if "undisclosed" in line]
    assert not [line for line in lines if "12.50" in line]


def test_a_party_exports_its_own_contracts_only(client, desk):
    home = make_organization()
    parties = [{"role": "provider", "name": home.name, "country": "CN", "organization_id": str(home.id)}, {"role": "recipient", "name": "X", "country": "CN"}]
    own, _foreign = make_contract(desk, parties=parties), make_contract(desk)
    sign_in(client, make_member(home))
    assert references(lines_of(client.get("/contracts/export.csv"))) == {own.reference}


def test_a_stranger_to_the_fair_exports_nothing_of_it(client, desk):
    make_contract(desk)
    sign_in(client, make_staff(make_fair(), "manager", "clerk", "verifier"))
    for path in (f"/contracts/export.csv?fair={desk.fair.slug}", f"/staff/fairs/{desk.fair.slug}/ledger/export.csv", f"/staff/fairs/{desk.fair.slug}/registration/export.csv"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_file_is_an_attachment_that_nobody_keeps(client, desk, form, language):
    make_contract(desk)
    sign_in(client, desk.clerk)
    slug = desk.fair.slug
    for path, name in (
        (f"/contracts/export.{form}?fair={slug}", "contracts"), (f"/staff/fairs/{slug}/ledger/export.{form}", "ledger"),
        (f"/fairs/{slug}/export.{form}", "total"), (f"/fairs/{slug}/record/export.{form}", "record"),
    ):  # fmt: skip
        answer = client.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200, path
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Content-Disposition"].startswith(f"attachment; filename={name}-{slug}")
        assert answer.headers["Content-Disposition"].isascii()
        content = answer.data
        answer.close()
        if form == "pdf":
            assert PdfReader(io.BytesIO(content)).pages[0].extract_text()
        elif form == "xlsx":
            assert CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names


@pytest.mark.parametrize("path", ["/contracts/export.doc", "/fairs/{slug}/export.xls", "/fairs/{slug}/record/export.", "/staff/fairs/{slug}/registration/export.pdf"])
def test_a_format_that_there_is_not_is_not_found(client, desk, path):
    sign_in(client, desk.clerk)
    assert client.get(path.format(slug=desk.fair.slug)).status_code == 404


def test_the_ledgers_postings_sum_to_zero_in_each_currency(client, desk):
    make_contract(desk, total_amount="5.00", technology_amount="2.00")
    make_contract(desk, Status.VOID, total_amount="9.00", technology_amount=None)
    sign_in(client, desk.verifier)
    lines = lines_of(client.get(f"/staff/fairs/{desk.fair.slug}/ledger/export.csv"))
    said = facts_of(lines)
    assert said["Sum in CNY: Total amount"] == "0.00"
    assert said["Sum in CNY: of which technology amount"] == "0.00"
    assert said["Count: postings"] == "10"
    assert "-5.00" in {cell for line in lines for cell in line}


def test_the_total_stands_with_everything_beside_it_and_each_breakdown_sums_to_it(client, desk):
    make_contract(desk, total_amount="5.00", technology_amount="2.00", kind="licence")
    make_contract(desk, total_amount="6.00", technology_amount=None, kind="transfer", field="agriculture")
    make_contract(desk, Status.SIGNED, total_amount="70.00", technology_amount=None)
    make_contract(desk, Status.DECLARED, total_amount="800.00", technology_amount=None)
    make_contract(desk, Status.VOID, total_amount="9000.00", technology_amount=None)
    for contract_class in ("intent", "framework"):
        make_contract(desk, Status.DECLARED, **{"class": contract_class, "total_amount": None, "technology_amount": None})
    sign_in(client, desk.clerk)
    lines = lines_of(client.get(f"/fairs/{desk.fair.slug}/export.csv"))
    rows = {line[0]: line[1:6] for line in lines}
    assert rows["Verified"] == ["2", "0", "CNY", "11.00", "2.00"]
    assert rows["Signed"][0:4:3] == ["1", "70.00"]
    assert rows["Intent (LOI, MoU)"][0] == rows["Framework"][0] == rows["Declared"][0] == rows["Void"][0] == "1"
    assert {"come into force", "registered with the authority", "performed"} <= set(rows)
    amounts = [line for line in lines if line[0] == "Sum in CNY: Amount"]
    assert [line[1] for line in amounts] == ["11.00"] * 4
    said = facts_of(lines)
    assert said["Scope"] == "All contracts of the fair (all), number 1"
    assert said["As of"].startswith("number ")
    assert not {"81.00", "881.00", "9881.00"} & {cell for line in lines for cell in line}


def test_a_stranger_gets_the_public_view_and_staff_may_ask_for_it(client, desk):
    make_contract(desk, open=False, total_amount="77.00", technology_amount=None)
    path = f"/fairs/{desk.fair.slug}/export.csv"
    public = client.get(path)
    assert "public" in public.headers["Cache-Control"]
    assert "77.00" not in public.text
    public.close()
    sign_in(client, desk.clerk)
    assert "77.00" in client.get(path).text
    assert "77.00" not in client.get(path + "?view=public").text


def test_an_earlier_total_is_exported_as_it_was(client, desk):
    make_contract(desk, total_amount="5.00", technology_amount=None)
    make_contract(desk, total_amount="6.00", technology_amount=None)
    sign_in(client, desk.clerk)
    lines = lines_of(client.get(f"/fairs/{desk.fair.slug}/export.csv?as_of_seq=3"))
    assert next(line for line in lines if line[0] == "Verified")[4] == "5.00"


FORM = {
    "title_zh": "热泵许可", "number": "HT-2020-1", "valid_from": "2020-09-17", "valid_to": "2025-09-16", "ip_kinds": ["patent", "know_how"],
    "plan_category": "outside", "purpose": "energy", "related_parties": False, "payment_mode": "lump_sum",
    "parties": [
        {"role": "provider", "name": "Institut X", "country": "DE"},
        {"role": "recipient", "name": "钢铁厂", "country": "CN", "region": "140100", "legal_type": "110"},
    ],
}  # fmt: skip


def registration_of(client, desk):
    sign_in(client, desk.clerk)
    answer = client.get(f"/staff/fairs/{desk.fair.slug}/registration/export.xlsx")
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    answer.close()
    form, missing = (workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in workbook.sheet_names)
    head = next(line for line in form if str(line[0]).startswith("系统编号"))
    rows = [dict(zip(head, line, strict=True)) for line in form if str(line[0]).startswith("C-")]
    return rows, [line[:3] for line in missing if str(line[0]).startswith("C-")]


def test_the_registration_form_has_its_fields_and_official_codes(client, desk):
    contract = make_contract(desk, **FORM)
    [row], missing = registration_of(client, desk)
    by_chinese = {str(heading).split("\n")[0]: value for heading, value in row.items()}
    assert by_chinese["系统编号"] == contract.reference
    assert (by_chinese["项目名称"], by_chinese["合同类别"]) == ("热泵许可", "技术许可")
    assert (by_chinese["卖方名称"], by_chinese["卖方国别代码"]) == ("Institut X", "304")
    assert (by_chinese["买方国别代码"], by_chinese["买方行政区划代码"], by_chinese["买方性质"]) == ("142", "140100", "110")
    assert by_chinese["知识产权类型"] == "专利权、技术秘密"
    assert (by_chinese["合同成交总额"], by_chinese["技术交易额"]) == (1_000_000, 600_000)
    assert (by_chinese["支付方式"], by_chinese["是否涉外"], by_chinese["是否关联交易"]) == ("一次总付", "是", "否")
    assert (by_chinese["合同有效期起"], by_chinese["合同有效期止"]) == (date(2020, 9, 17), date(2025, 9, 16))
    assert all("\n" in str(heading) for heading in row)
    assert {line[2] for line in missing} == {"预计新增投入 Expected new investment", "预计新增产值 Expected new output"}


def test_what_the_form_lacks_is_listed_for_the_clerk(client, desk):
    contract = make_contract(desk, kind="service")
    rows, missing = registration_of(client, desk)
    assert len(rows) == 1
    assert {line[0] for line in missing} == {contract.reference}
    lacking = {line[2].split(" ")[0] for line in missing}
    assert {"项目名称", "合同有效期起", "合同有效期止", "买方行政区划代码", "买方性质", "知识产权类型", "支付方式", "计划类别"} <= lacking
    assert not lacking & {"卖方行政区划代码", "合同类别", "合同签订日期", "预计新增产值"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"kind": "joint_venture"}, Status.VERIFIED), ({}, Status.SIGNED), ({}, Status.VOID), ({"class": "framework", "total_amount": None, "technology_amount": None}, Status.VERIFIED)],
)
def test_only_verified_technology_contracts_are_on_the_form(client, desk, changes, status):
    make_contract(desk, status, **changes)
    assert registration_of(client, desk) == ([], [])


def test_a_province_is_filled_up_to_six_digits(app, desk):
    make_contract(desk, **FORM | {"parties": [FORM["parties"][1] | {"role": "provider", "region": "11"}, FORM["parties"][1] | {"name": "B"}]})
    [entry] = registration.entries(desk.fair, by=actor(desk.clerk))
    values = {zh: value(entry) for zh, _en, _kind, _weight, value, _needed in registration.FIELDS}
    assert values["卖方行政区划代码"] == "110000"


def test_a_file_of_many_contracts_is_read_in_batches(client, desk, monkeypatch):
    from marketplace.reports import lists

    monkeypatch.setattr(lists, "BATCH", 2)
    made = {make_contract(desk, Status.DECLARED).reference for _ in range(5)}
    sign_in(client, desk.clerk)
    assert references(contracts(client, desk)) == made


def test_dangerous_titles_and_names_are_guarded(client, desk):
    parties = [{"role": "provider", "name": "=HYPERLINK(1)", "country": "DE"}, {"role": "recipient", "name": "＠B", "country": "CN"}]
    make_contract(desk, title_en="+cmd|' /C calc'!A0", parties=parties)
    sign_in(client, desk.clerk)
    cells = {cell for line in contracts(client, desk) for cell in line}
    assert {"'+cmd|' /C calc'!A0", "'=HYPERLINK(1)", "'＠B"} <= cells


def test_a_voided_contract_leaves_the_form(client, desk):
    contract = make_contract(desk, **FORM)
    other = make_staff(desk.fair, "manager")
    with transaction():
        service.void(contract.id, "dissolved by both", by=actor(other))
    db.session.expire_all()
    assert registration_of(client, desk) == ([], [])


def test_an_amount_beyond_fifteen_digits_is_exact_in_the_spreadsheet(client, desk):
    make_contract(desk, Status.DECLARED, total_amount="10000000000000.00", technology_amount=None)
    make_contract(desk, Status.DECLARED, total_amount="0.01", technology_amount=None)
    sign_in(client, desk.clerk)
    answer = client.get(f"/contracts/export.xlsx?fair={desk.fair.slug}")
    lines = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    answer.close()
    total = next(line[1] for line in lines if line[0] == "Sum in CNY: Total amount")
    assert total == "10000000000000.01"
