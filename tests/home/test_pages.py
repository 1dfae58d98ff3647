"""The front page for strangers, the day page with one's own work, and the list of problems."""

import pytest
from markupsafe import Markup

from marketplace.core import access, day, problems
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations.models import Status
from tests.factories import make_fair, make_member, make_organization, make_person, make_staff, sign_in


@pytest.fixture
def tiles(monkeypatch):
    monkeypatch.setattr(day, "TILES", [])
    return day.tile


def test_a_stranger_reads_what_the_fair_is_and_where_to_begin(client):
    make_fair(name_en="Spring Fair", current=True)
    text = client.get("/").text
    assert "<h1>Spring Fair</h1>" in text
    assert 'href="/register"' in text
    assert 'href="/sign-in"' in text


def test_an_empty_instance_says_so(client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No fair is open yet" in answer.text


def test_the_front_page_shows_the_domains_pieces_in_order_and_escaped(client, monkeypatch):
    monkeypatch.setattr(day, "FRONT", [])
    day.on_front(lambda: Markup("<p>second</p>"), order=20)
    day.on_front(lambda: "<b>first</b>", order=10)
    day.on_front(lambda: "", order=5)
    text = client.get("/").text
    assert "&lt;b&gt;first&lt;/b&gt;<p>second</p>" in text


def test_the_day_page_shows_the_tiles_of_ones_own_permissions(client, tiles):
    asked = []
    tiles("For clerks", "fairs.staff", lambda actor: 7, "home.problem_list", "late")
    tiles("For administrators", "fairs.create", lambda actor: asked.append(actor) or 1, "home.problem_list")
    sign_in(client, make_staff(make_fair(), "clerk"))
    text = client.get("/").text
    assert "For clerks" in text
    assert "For administrators" not in text
    assert asked == []


def test_a_tiles_number_links_to_its_list_and_zero_is_quiet(client, tiles):
    tiles("Waiting", "accounts.self", lambda actor: 3, "home.problem", "due", slug="gone", order=2)
    tiles("Nothing", "accounts.self", lambda actor: 0, "home.problem_list", "late", order=1)
    tiles("Plain", "accounts.self", lambda actor: 5, "home.problem_list", "plain", order=3, kind_="x")
    person = make_person()
    sign_in(client, person)
    text = client.get("/").text
    assert '<a class="tile due" href="/problems/gone"><b>3</b><strong>Waiting</strong>' in text
    assert '<a class="tile nil" href="/problems"><b>0</b>' in text
    assert '<a class="tile " href="/problems?kind_=x"><b>5</b>' in text
    assert text.index("Waiting") < text.index("Plain") < text.index("Nothing")


def test_a_tile_counts_for_the_person_who_looks(client, tiles):
    tiles("Mine", "accounts.self", lambda actor: len(actor.memberships), "home.problem_list")
    person = make_member(make_organization())
    make_member(make_organization(), person=person)
    sign_in(client, person)
    assert "<b>2</b>" in client.get("/").text


def test_a_tile_is_registered_once_and_only_with_a_known_kind(tiles):
    for _ in range(2):
        tiles(_l("Waiting"), "accounts.self", lambda actor: 1, "home.front")
    assert len(day.TILES) == 1
    with pytest.raises(ValueError, match="red"):
        tiles("Waiting", "accounts.self", lambda actor: 1, "home.front", "red")


def test_who_belongs_nowhere_is_led_to_their_organisation(client):
    sign_in(client, make_person())
    assert 'href="/organizations/new"' in client.get("/").text


def test_who_waits_for_approval_is_told(client):
    sign_in(client, make_member(make_organization(status=Status.PENDING)))
    assert "waits for approval" in client.get("/").text


def test_the_real_tiles_lead_to_pages_that_their_people_may_open(app, client):
    """Each registered tile's permission opens the list it links to."""
    with app.test_request_context():
        for tile in day.TILES:
            declared = app.view_functions[tile.endpoint].access
            assert tile.permission in access.PERMISSIONS, tile.label
            assert declared.permission == access.PUBLIC or declared.permission in access.PERMISSIONS, tile.label
            app.url_for(tile.endpoint, **tile.values)


def test_each_kind_of_person_has_a_day_page(client):
    fair = make_fair(current=True)
    people = [make_person(admin=True), make_member(make_organization())]
    people += [make_staff(fair, role) for role in ("manager", "moderator", "clerk", "verifier")]
    for person in people:
        sign_in(client, person)
        assert client.get("/").status_code == 200


def test_a_private_page_is_not_stored_anywhere(client):
    sign_in(client, make_person())
    headers = client.get("/").headers
    assert headers["Cache-Control"] == "no-store"
    assert "Cookie" in headers["Vary"]


def test_every_problem_type_has_its_page(client):
    text = client.get("/problems").text
    for slug in problems.known_types():
        assert f'href="/problems/{slug}"' in text
        assert client.get(f"/problems/{slug}").status_code == 200
    assert client.get("/problems/no-such").status_code == 404


def test_pages_are_complete_in_chinese(client):
    client.get("/language/zh")
    for path in ("/", "/sign-in", "/register", "/problems", "/api/docs"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert '<html lang="zh-Hans"' in answer.text
