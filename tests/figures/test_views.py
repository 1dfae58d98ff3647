"""The pages of figures and days: who sees what, what is refused, what stays."""

import re
from datetime import timedelta

import pytest

from marketplace.core.clock import today
from marketplace.core.db import db, transaction
from marketplace.figures import closing, days, freezing, queries
from tests.factories import actor, form_token, make_fair, make_person, make_staff, sign_in
from tests.figures.factories_figures import close_day, confidential, declare, figure_desk, freeze, hash_now, make_contract, make_pair


@pytest.fixture
def desk(app):
    found = figure_desk(app)
    found.fair.current = True
    db.session.commit()
    return found


def preview_fields(client, path):
    text = client.get(path).text
    fields = dict(re.findall(r'<input type="hidden" name="(scope|cell|public_seq|sha256)" value="([^"]*)"', text))
    return text, fields | form_token(client, path)


def test_publishing_shows_first_what_is_published(client, desk):
    make_contract(desk)
    sign_in(client, desk.verifier)
    text, fields = preview_fields(client, "/figures/new")
    assert "This is what is published" in text
    assert "CNY 1,000,000.00" in text
    answer = client.post("/figures/new", data=fields)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert fields["sha256"] in page.text
    assert "截至" in page.text
    assert "is published already" in client.get("/figures/new").text


def test_a_preview_that_is_out_of_date_is_shown_again(client, desk):
    make_contract(desk)
    sign_in(client, desk.verifier)
    _, fields = preview_fields(client, "/figures/new")
    answer = client.post("/figures/new", data=fields | {"sha256": "0" * 64})
    assert answer.status_code == 412
    assert "This is what is published" in answer.text
    assert queries.everything() == []


def test_a_cell_is_chosen_from_what_the_public_sees(client, desk):
    make_contract(desk)
    confidential(desk)
    sign_in(client, desk.verifier)
    text, fields = preview_fields(client, "/figures/new?cell=field:new_materials")
    assert 'value="field:confidential"' not in text
    assert fields["cell"] == "field:new_materials"
    assert client.post("/figures/new?cell=field:new_materials", data=fields).status_code == 303
    assert queries.everything()[0].key == "new_materials"
    assert client.get("/figures/new?cell=field:nothing").status_code == 422


def test_the_page_is_the_same_for_every_stranger_and_answers_304(client, app, desk):
    make_contract(desk)
    code = freeze(desk).code
    first, second = client.get(f"/figures/{code}"), app.test_client().get(f"/figures/{code}")
    assert first.data == second.data
    assert client.get(f"/figures/{code}", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    make_contract(desk)
    assert client.get(f"/figures/{code}").data == first.data


def test_a_badly_written_code_leads_to_the_figure(client, desk):
    code = freeze(desk).code
    assert client.get(f"/figures/{code.lower()}").headers["Location"] == f"/figures/{code}"
    assert client.get(f"/figures?code={code[2:].replace('-', '').lower()}").headers["Location"] == f"/figures/{code}"
    assert "One character of this code is wrong" in client.get("/figures?code=F-2222-2223").text
    assert "No figure has this code" in client.get("/figures?code=F-2222-2222").text


def test_the_lines_are_for_the_staff_of_the_fair(client, desk):
    hidden = confidential(desk)
    code = freeze(desk).code
    assert client.get(f"/figures/{code}/lines").status_code == 303
    sign_in(client, make_person())
    assert client.get(f"/figures/{code}/lines").status_code == 403
    sign_in(client, make_staff(make_fair(), "manager"))
    assert client.get(f"/figures/{code}/lines").status_code == 404
    sign_in(client, desk.clerk)
    text = client.get(f"/figures/{code}/lines").text
    assert all(contract.reference in text for contract in hidden)
    assert "Withdraw it" not in text


def test_withdrawing_leaves_the_figure_and_marks_it(client, desk):
    code = freeze(desk).code
    sign_in(client, desk.verifier)
    fields = form_token(client, f"/figures/{code}/lines")
    assert client.post(f"/figures/{code}/withdraw", data=fields).status_code == 422
    assert client.post(f"/figures/{code}/withdraw", data=fields | {"reason": "a deal was told twice"}).status_code == 303
    text = client.get(f"/figures/{code}").text
    assert "Withdrawn: do not quote" in text
    assert "a deal was told twice" in text
    assert client.post(f"/figures/{code}/withdraw", data=form_token(client, "/figures/new") | {"reason": "again"}).status_code == 409


def test_two_figures_are_compared_when_they_count_the_same(client, desk):
    make_contract(desk)
    one, cell = freeze(desk), freeze(desk, axis="field", key="new_materials")
    added = make_contract(desk)
    two = freeze(desk)
    for pair in ((one, two), (two, one)):
        text = client.get(f"/figures/compare?old={pair[0].code}&new={pair[1].code}").text
        assert added.reference in text
        assert "+¥1,000,000.00" in text
    assert "do not count the same thing" in client.get(f"/figures/compare?old={one.code}&new={cell.code}").text


def test_the_list_without_figures_says_so(client, desk):
    text = client.get("/figures").text
    assert "No figure is published yet" in text
    assert "Publish a figure" not in text


def day_path(desk, step=""):
    return f"/staff/days/{desk.fair.slug}/{days.next_day(desk.fair).isoformat()}{step}"


def test_a_day_is_closed_by_clicks(client, app, desk):
    waiting = declare(desk)
    pair, path = make_pair(desk), day_path(desk)
    sign_in(client, pair.first)
    assert client.get("/staff/days").headers["Location"] == f"/staff/days/{desk.fair.slug}"
    page = client.get(path).text
    assert "Nobody can sign yet" in page
    digest = re.search(r'class="hash">([0-9a-f]{64})<', page)[1]
    refused = client.post(path + "/sign", data=form_token(client, path) | {"sha256": digest})
    assert refused.status_code == 409
    item = re.search(r'name="items-0-item" value="([^"]+)"', page)[1]
    saved = client.post(path + "/carry", data=form_token(client, path) | {"items-0-item": item, "items-0-reason": "the page comes tomorrow"})
    assert saved.status_code == 303
    page = client.get(path).text
    digest = re.search(r'name="sha256" value="([0-9a-f]{64})"', page)[1]
    assert client.post(path + "/sign", data=form_token(client, path) | {"sha256": digest}).status_code == 303
    assert "Sign second" not in client.get(path).text
    assert client.post(path + "/sign", data=form_token(client, path) | {"sha256": digest}).status_code == 403
    other = app.test_client()
    sign_in(other, pair.second)
    assert "Sign second and lock the day" in other.get(path).text
    assert other.post(path + "/sign", data=form_token(other, path) | {"sha256": digest}).status_code == 303
    report = other.get(path).text
    assert "Signed and locked" in report
    assert waiting.reference in report
    assert pair.first.name in report
    assert pair.second.name in report
    late = other.post(path + "/undo", data=form_token(other, "/figures/new"))
    assert late.status_code == 409
    assert client.get(f"/staff/days/{desk.fair.slug}").status_code == 200


def test_a_signature_is_taken_back(client, desk):
    pair, path = make_pair(desk), day_path(desk)
    sign_in(client, pair.first)
    with transaction():
        closing.sign_off(desk.fair, days.next_day(desk.fair), hash_now(desk, days.next_day(desk.fair)), by=actor(pair.first))
    assert client.post(path + "/undo", data=form_token(client, path)).status_code == 303
    assert "Sign first" in client.get(path).text


def test_a_day_of_another_fair_and_a_day_that_is_not_next_are_not_found(client, desk):
    path = day_path(desk)
    sign_in(client, make_staff(make_fair(), "manager"))
    assert client.get(path).status_code == 404
    assert client.get("/staff/days/nowhere").status_code == 404
    sign_in(client, make_pair(desk).first)
    later = (today(desk.fair.time_zone) + timedelta(days=1)).isoformat()
    for day in (later, "2020-01-01", "20200101", "tomorrow", "2020-13-01"):
        assert client.get(f"/staff/days/{desk.fair.slug}/{day}").status_code == 404
        answer = client.post(f"/staff/days/{desk.fair.slug}/{day}/sign", data=form_token(client, path) | {"sha256": "0" * 64})
        assert answer.status_code in {404, 409}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_there_in_both_languages(client, desk, language):
    client.get(f"/language/{language}")
    pair = make_pair(desk)
    close = close_day(desk, pair)
    make_contract(desk)
    freeze(desk)
    code = queries.get(close.figure_id).code
    sign_in(client, pair.first)
    for path in ("/figures", "/figures/new", f"/figures/{code}", f"/figures/{code}/lines", f"/staff/days/{desk.fair.slug}",
                 f"/staff/days/{desk.fair.slug}/{close.day}"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert ('lang="zh-Hans"' if language == "zh" else 'lang="en"') in answer.text
    with transaction():
        freezing.withdraw(code, "why", by=actor(pair.first))
    assert client.get(f"/figures/{code}").status_code == 200
