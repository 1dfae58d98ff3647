"""Pages of matches: score, words, conditions, the way to talk; and what each person may open."""

import re

import pytest

from marketplace.listings import indexing
from marketplace.matching import shown
from marketplace.matching.gates import Code, Constraint, Status
from tests.factories import form_token, make_fair, make_member, make_organization, make_staff, sign_in


@pytest.fixture
def as_company(client, sides):
    sign_in(client, sides.company.reader, sides.company.agency)
    return client


def test_the_page_of_a_need_shows_score_words_conditions_and_the_way_to_talk(client, sides):
    laser = sides.achievement("Laser welding of steel", trl=7, deal_kinds=["licence"])
    need = sides.need("Steel welding by laser", min_trl=6, deal_kinds=["licence", "transfer"])
    sign_in(client, sides.company.owner, sides.company.agency)
    page = client.get(f"/needs/{need.id}/matches")
    assert page.status_code == 200
    assert "Laser welding of steel" in page.text
    assert f"/achievements/{laser.id}" in page.text
    assert re.search(r"<b>welding</b> \d+ %", page.text)
    for line in ("TRL 7, asked for 6", "Technology licence", "Price not stated"):
        assert line in page.text
    link = re.search(r'href="(/negotiations/new[^"]*)"', page.text)
    assert link is not None
    assert f"achievement={laser.id}" in link[1]
    assert f"need={need.id}" in link[1]
    assert client.get(link[1].replace("&amp;", "&")).status_code == 200


def test_the_page_of_an_achievement_shows_needs(client, sides):
    laser = sides.achievement("Laser welding")
    sides.need("Welding with a laser")
    sign_in(client, sides.agency.owner, sides.agency.agency)
    page = client.get(f"/achievements/{laser.id}/matches")
    assert "Welding with a laser" in page.text
    assert "need=" in page.text


def test_a_draft_asks_about_the_achievement_alone(client, sides):
    laser = sides.achievement("Laser welding")
    draft = sides.draft_need("Laser welding")
    sign_in(client, sides.company.owner, sides.company.agency)
    link = re.search(r'href="(/negotiations/new[^"]*)"', client.get(f"/needs/{draft.id}/matches").text)
    assert link is not None
    assert link[1] == f"/negotiations/new?achievement={laser.id}"


def test_a_condition_that_is_not_met_stands_apart(as_company, sides):
    sides.achievement("Laser welding", trl=3)
    need = sides.need("Laser welding", min_trl=6)
    text = as_company.get(f"/needs/{need.id}/matches").text
    assert "A condition is not met" in text
    assert "Not met: </span>TRL 3, asked for 6" in text
    assert 'class="match weak"' in text


def test_nobody_asks_themselves(client, sides):
    sides.achievement("Laser welding")
    own_need = sides.draft_need("Laser welding")
    own_need.organization_id = sides.agency.agency.id
    sign_in(client, sides.agency.owner, sides.agency.agency)
    text = client.get(f"/needs/{own_need.id}/matches").text
    assert "Laser welding" in text
    assert "/negotiations/new" not in text


def test_readers_see_matches_without_the_way_to_talk(as_company, sides):
    sides.achievement("Laser welding")
    text = as_company.get(f"/needs/{sides.need('Laser welding').id}/matches").text
    assert 'class="match"' in text
    assert "/negotiations/new" not in text


def test_nothing_fits_yet(as_company, sides):
    need = sides.need("Laser welding")
    page = as_company.get(f"/needs/{need.id}/matches")
    assert (page.status_code, "Nothing fits yet" in page.text) == (200, True)


def test_while_the_index_is_built_the_page_says_so(app, as_company, sides):
    need = sides.need("Laser welding")
    (indexing.root() / "current").unlink()
    app.extensions.pop("index_reader")
    page = as_company.get(f"/needs/{need.id}/matches")
    assert page.status_code == 503
    assert "being computed anew" in page.text


def test_own_listings_lead_to_their_matches(as_company, sides):
    sides.achievement("Laser welding")
    need, draft = sides.need("Laser cutting"), sides.draft_need("Plasma cutting")
    page = as_company.get("/matches")
    for listing in (need, draft):
        assert f'href="/needs/{listing.id}/matches"' in page.text
    assert "Laser welding" not in page.text
    assert "Nothing to match yet" in as_company.get("/matches?kind=achievement").text
    assert 'href="/matches"' in as_company.get("/matches").text


def test_more_than_ten_are_shown_when_asked_for(as_company, sides):
    for number in range(12):
        sides.achievement(f"Laser welding {number}")
    need = sides.need("Laser welding")
    assert as_company.get(f"/needs/{need.id}/matches").text.count('<article class="match"') == 10
    assert as_company.get(f"/needs/{need.id}/matches?more=1").text.count('<article class="match"') == 12


def test_a_list_can_be_narrowed_to_what_an_open_fair_shows(as_company, sides):
    """Whom one can ask now: what only a closed fair showed drops out, and an unknown fair narrows nothing."""
    there = sides.achievement("Laser welding of steel")
    need = sides.need("Laser welding")
    other = make_fair()
    everywhere, here, elsewhere, unknown = (
        as_company.get(f"/needs/{need.id}/matches{query}").text for query in ("", f"?fair={sides.company.fair.slug}", f"?fair={other.slug}", "?fair=none")
    )
    link = f'href="/achievements/{there.id}"'
    assert [link in text for text in (everywhere, here, elsewhere, unknown)] == [True, True, False, True]
    assert f"fair={sides.company.fair.slug}" in everywhere


def test_the_listings_page_offers_its_matches_to_whoever_may_read_them(client, sides):
    need = sides.need("Laser welding")
    link = f'href="/needs/{need.id}/matches"'
    assert link not in client.get(f"/needs/{need.id}").text
    for person, organization, sees in (
        (sides.company.owner, sides.company.agency, True),
        (sides.agency.moderator, None, True),
        (sides.agency.owner, sides.agency.agency, False),
    ):
        sign_in(client, person, organization)
        assert (link in client.get(f"/needs/{need.id}").text) is sees


def test_who_may_open_the_page(client, sides):
    need, draft = sides.need("Laser welding"), sides.draft_need("Laser welding")
    assert client.get(f"/needs/{need.id}/matches").status_code in {302, 303, 401}
    outsider = make_organization()
    for person, organization, statuses in (
        (sides.company.reader, sides.company.agency, (200, 200)),
        (make_staff(sides.company.fair, "manager"), None, (200, 404)),
        (make_staff(sides.company.fair, "clerk"), None, (403, 403)),
        (make_staff(make_fair(), "manager"), None, (404, 404)),
        (make_member(outsider), outsider, (404, 404)),
    ):
        sign_in(client, person, organization)
        assert tuple(client.get(f"/needs/{row.id}/matches").status_code for row in (need, draft)) == statuses
    assert client.get("/needs/00000000-0000-7000-8000-000000000000/matches").status_code == 404


@pytest.fixture
def as_editor(client, sides):
    sign_in(client, sides.company.owner, sides.company.agency)
    return client


def press(client, page, action, **fields):
    """Press a button of a page: only what its form holds is sent."""
    text = client.get(page).text
    assert action in text, action
    return client.post(action, data=form_token(client, page) | {"at": "need", "seen": "0"} | fields)


def test_shared_words_are_marked_in_the_text_and_nothing_else_is_markup(as_company, sides):
    sides.achievement("Steel", description_en="Cutting & <b>welding</b> of pipes with a laser. " * 3)
    need = sides.need("Laser welding of pipes")
    text = as_company.get(f"/needs/{need.id}/matches").text
    assert "&lt;b&gt;<mark>welding</mark>&lt;/b&gt;" in text
    assert "with a <mark>laser</mark>" in text
    assert "<mark>of</mark>" not in text


def test_a_match_is_kept_put_away_and_put_back_without_a_script(as_editor, sides):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    page, pair = f"/needs/{need.id}/matches", f"/matches/{need.id}/{laser.id}"
    kept = press(as_editor, page, f"{pair}/shortlist")
    assert (kept.status_code, kept.location) == (303, page)
    assert ">shortlisted<" in as_editor.get(page).text
    assert "Laser welding" in as_editor.get("/matches/shortlist").text
    away = press(as_editor, page, f"{pair}/dismiss", seen="1", reason="terms")
    assert (away.status_code, away.location) == (303, f"{page}?away={laser.id}")
    text = as_editor.get(away.location).text
    assert '<article class="match"' not in text
    assert "Put away: " in text
    assert "1 put away" in text
    assert "Price or other terms" in text
    assert press(as_editor, away.location, f"{pair}/take-back", seen="2").location == page
    text = as_editor.get(page).text
    assert text.count('<article class="match"') == 1
    assert "back among the matches" in text


def test_another_reason_needs_a_note(as_editor, sides):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    page = f"/matches/{need.id}/{laser.id}/dismiss?at=need&reason=other"
    assert page.replace("&", "&amp;") in as_editor.get(f"/needs/{need.id}/matches").text
    for fields in ({"reason": "other", "note": ""}, {"reason": ""}):
        answer = as_editor.post(page, data=form_token(as_editor, page) | {"at": "need", "seen": "0"} | fields)
        assert answer.status_code == 422
    sent = as_editor.post(page, data=form_token(as_editor, page) | {"at": "need", "seen": "0", "reason": "other", "note": "We make it."})
    assert sent.status_code == 303
    assert "We make it." in as_editor.get(sent.location).text


def test_a_colleague_who_was_faster_is_not_overwritten(as_editor, sides):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    page, pair = f"/needs/{need.id}/matches", f"/matches/{need.id}/{laser.id}"
    press(as_editor, page, f"{pair}/shortlist")
    for action, fields in (("dismiss", {"reason": "terms"}), ("shortlist", {}), ("take-back", {"seen": "5"})):
        answer = as_editor.post(f"{pair}/{action}", data=form_token(as_editor, page) | {"at": "need", "seen": "0"} | fields)
        assert answer.status_code == 303
        assert "A colleague said something else" in as_editor.get(page).text
    assert ">shortlisted<" in as_editor.get(page).text


def test_more_like_one_is_an_address_that_whoever_may_read_can_open(client, sides):
    laser = sides.achievement("Laser welding of thin steel")
    sides.achievement("Rolling of thin steel")
    need = sides.need("Welding")
    for person, organization in ((sides.company.reader, sides.company.agency), (sides.agency.moderator, None)):
        sign_in(client, person, organization)
        text = client.get(f"/needs/{need.id}/matches?like={laser.id}").text
        assert "Rolling of thin steel" in text
        assert "Ranked by what these say" in text
        assert client.get(f"/needs/{need.id}/matches?like=x").status_code == 404
        assert f'/needs/{need.id}/matches?like={laser.id}"' in client.get(f"/needs/{need.id}/matches").text


def test_the_shortlist_has_both_sides_and_files(as_editor, client, sides):
    laser, need = sides.achievement("Laser welding"), sides.need("Steel by laser")
    press(as_editor, f"/needs/{need.id}/matches", f"/matches/{need.id}/{laser.id}/shortlist")
    text = as_editor.get("/matches/shortlist").text
    assert "Steel by laser" in text
    assert f"/negotiations/new?achievement={laser.id}&amp;need={need.id}" in text
    assert "Nothing kept yet" in as_editor.get("/matches/shortlist?kind=achievement").text
    for format, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        file = as_editor.get(f"/matches/shortlist/export.{format}")
        assert (file.status_code, file.data[: len(start)]) == (200, start)
    assert laser.reference in as_editor.get("/matches/shortlist/export.csv").text
    sign_in(client, sides.agency.owner, sides.agency.agency)
    assert "Nothing kept yet" in client.get("/matches/shortlist").text


LINES = [
    (Constraint(Code.TRL, Status.UNKNOWN, 6, None), "TRL not stated, asked for 6"),
    (Constraint(Code.TRL, Status.UNKNOWN, None, 4), "TRL 4, no least level asked for"),
    (Constraint(Code.TRL, Status.UNKNOWN, None, None), "TRL not stated"),
    (Constraint(Code.DEAL_KINDS, Status.MET, ("licence", "transfer"), ("transfer",)), "Technology transfer"),
    (Constraint(Code.DEAL_KINDS, Status.NOT_MET, ("licence",), ("transfer",)), "Technology transfer, asked for Technology licence"),
    (Constraint(Code.DEAL_KINDS, Status.UNKNOWN, (), ("transfer",)), "Kind of deal not stated"),
    (Constraint(Code.PRICE, Status.MET, 800_000_000, 500_000_000), "From 5 million yuan, within 8 million yuan"),
    (Constraint(Code.PRICE, Status.NOT_MET, 100, 1_200_000_000), "From 12 million yuan, over 1 yuan"),
    (Constraint(Code.PRICE, Status.UNKNOWN, 100, None), "Price not stated, budget 1 yuan"),
    (Constraint(Code.PRICE, Status.UNKNOWN, None, 100), "From 1 yuan, budget not stated"),
    (Constraint(Code.COUNTRY, Status.NOT_MET, ("DE", "FR"), ("CN",)), "Achievement from China, wanted from Germany, France"),
    (Constraint(Code.COUNTRY_EXCLUDED, Status.UNKNOWN, ("DE",), ()), "Country not stated"),
    (Constraint(Code.COUNTRY_EXCLUDED, Status.NOT_MET, ("DE",), ("DE",)), "Achievement from Germany, not wanted from Germany"),
    (Constraint(Code.MARKET, Status.MET, ("CN",), ("CN",)), "Need from China, offered to China"),
    (Constraint(Code.MARKET_EXCLUDED, Status.NOT_MET, ("CN",), ("CN",)), "Need from China, not offered to China"),
]


@pytest.mark.parametrize(("line", "sentence"), LINES)
def test_each_condition_is_said_in_words(app, line, sentence):
    assert shown.said(line) == sentence
