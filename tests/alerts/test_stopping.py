"""The link in each mail: it says what will end, ends it with one click and no sign-in, by hand or by the mail program."""

import re
from datetime import timedelta

import pytest

from marketplace.accounts import erasing
from marketplace.accounts.models import Person
from marketplace.alerts import service, stopping, tasks
from marketplace.alerts.models import AlertReader, AnnouncedPair, Frequency, MatchAlert, Notice, SavedSearch
from marketplace.core import mail
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.jobs import sweep
from tests.alerts.factories_alerts import mails_to, notices_of
from tests.factories import actor, form_token, make_member, sign_in


def links(message) -> list[str]:
    return re.findall(r"(/alerts/stop/\S+)", message.get_content())


def one_click(client, message):
    """What a mail program does (RFC 8058): it posts to the address of the header, without cookies or a form's token."""
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [path] = re.findall(r"^<http://127\.0\.0\.1:5000(/alerts/stop/\S+)>$", message["List-Unsubscribe"])
    return client.post(path, data={"List-Unsubscribe": "One-Click"}, headers={"Origin": "https://mail.example"})


def test_the_link_says_what_ends_and_its_button_ends_it(house, client):
    search = house.save()
    house.achievement("Laser welding")
    [message] = mails_to(house.buyer)
    page = client.get(links(message)[0])
    assert (page.status_code, search.name in page.text) == (200, True)
    db.session.refresh(search)
    assert search.frequency is Frequency.AT_ONCE, "to look changes nothing"
    assert client.post(links(message)[0]).status_code == 200
    assert client.post(links(message)[0]).status_code == 200, "harmless to repeat"
    with shifted(timedelta(minutes=5)):
        house.achievement("Laser cutting")
    assert (len(mails_to(house.buyer)), len(notices_of(house.buyer))) == (1, 1)


def test_the_mail_programs_button_ends_the_one_list_of_the_mail_or_all_of_them(house, client):
    first, second = house.save(), house.save("q=cheese&fair=any")
    house.achievement("Laser welding")
    assert one_click(client, mails_to(house.buyer)[0]).status_code == 200
    db.session.expire_all()
    assert [each.frequency for each in (first, second)] == [Frequency.NEVER, Frequency.AT_ONCE]
    house.save("q=milk&fair=any")
    with shifted(timedelta(minutes=5)):
        house.achievement("Cheese from milk")
    assert one_click(client, mails_to(house.buyer)[1]).status_code == 200
    with shifted(timedelta(minutes=9)):
        house.achievement("More cheese from milk")
    assert len(mails_to(house.buyer)) == 2
    assert len([notice for notice in notices_of(house.buyer) if notice.search_id == second.id]) == 2, "the day page goes on"


def test_matches_of_one_organisation_end_and_mails_begin_again_only_by_hand(house, client):
    house.hear("at_once")
    house.need("Steam from waste heat")
    house.achievement("Waste heat becomes steam")
    assert one_click(client, mails_to(house.buyer)[0]).status_code == 200
    with shifted(timedelta(minutes=5)):
        house.achievement("Heat pump for steam from waste heat")
    assert len(mails_to(house.buyer)) == 1
    assert db.session.query(MatchAlert).one().frequency is Frequency.NEVER
    sign_in(client, house.buyer, house.company)
    fields = form_token(client, "/alerts") | {"frequency": "at_once", "least": "any"}
    assert client.post(f"/alerts/matches/{house.company.id}", data=fields).status_code == 303
    assert client.post("/alerts/stop", data=form_token(client, "/alerts")).status_code == 303
    assert "You stopped all mails of this kind" in client.get("/alerts").text
    assert client.post("/alerts/resume", data=form_token(client, "/alerts")).status_code == 303
    assert db.session.query(AlertReader).filter_by(person_id=house.buyer.id).one().stopped_at is None


def test_a_forged_or_old_link_answers_like_an_unknown_one(house, client):
    search = house.save()
    secret = stopping.of_search(search.id)
    paths = [f"/alerts/stop/{each}" for each in (secret[:-1] + ("A" if secret[-1] != "A" else "B"), "x" * len(secret), f"{secret}x", secret.split(".")[0], "é.ü", "%00"[:1])]
    with transaction():
        db.session.get(SavedSearch, search.id).deleted_at = now()
    for path in [*paths, f"/alerts/stop/{secret}"]:
        assert (client.get(path).status_code, client.post(path).status_code) == (404, 404), path
    db.session.expire_all()
    assert search.frequency is Frequency.AT_ONCE


def test_a_header_of_a_mail_stays_on_one_line_and_is_one_of_a_list(app):
    address = "<https://market.example.org/alerts/stop/" + "aB3_" * 30 + ">"
    with transaction():
        mail.send("a@example.org", "x", "y", headers={"List-Unsubscribe": f"{address}\r\n Bcc: b@example.org"})
    sweep()
    [message] = mail.OUTBOX_SEEN
    text = message.as_bytes().decode()
    assert f"List-Unsubscribe: {address} Bcc: b@example.org\n" in text
    assert message["Bcc"] is None
    with pytest.raises(ValueError, match="Bcc"), transaction():
        mail.send("a@example.org", "x", "y", headers={"Bcc": "b@example.org"})


def test_who_is_erased_leaves_nothing_behind(house):
    house.save()
    house.hear("daily")
    house.need("Laser for thin foils wanted")
    house.achievement("Laser welding of thin foils")
    other = house.save(person=make_member(house.company), organization=house.company)
    with transaction():
        erasing.erase(house.buyer.id, by=None)
    for table in (Notice, AnnouncedPair, SavedSearch, MatchAlert, AlertReader):
        assert db.session.query(table).filter_by(person_id=house.buyer.id).count() == 0, table
    assert db.session.query(SavedSearch).one().id == other.id
    with shifted(timedelta(minutes=5)):
        house.achievement("Laser cutting of thin foils")
    assert db.session.get(Person, house.buyer.id).disabled_at is not None
    assert notices_of(house.buyer) == []


def test_deleted_searches_are_forgotten_after_a_day(house):
    search = house.save()
    house.achievement("Laser welding")
    with transaction():
        service.delete(search.id, by=actor(house.buyer, house.company))
    tasks.forget()
    assert db.session.query(SavedSearch).count() == 1
    with shifted(timedelta(days=1, minutes=1)):
        tasks.forget()
    assert (db.session.query(SavedSearch).count(), db.session.query(Notice).count()) == (0, 0)
