"""New matches: told once for ever to each member of both sides who wants to hear, named or in a number, never what was put away."""

import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from marketplace.alerts import announcing, rules, tasks
from marketplace.alerts.models import AnnouncedPair, Frequency, Notice, Source
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.jobs import OutboxRow
from marketplace.listings import indexing
from marketplace.matching import feedback, rematching
from marketplace.matching.models import StoredMatch
from marketplace.matching.strength import FAIR, GOOD
from marketplace.organizations.models import Membership
from tests.alerts.factories_alerts import mails_to, notices_of, tomorrow, work
from tests.factories import actor, make_member

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "alerts.md").read_text(encoding="utf8")
STEAM = "Steam at high temperature from waste heat"



def told(person):
    return [(notice.source, notice.number) for notice in notices_of(person)]


def test_a_new_achievement_is_told_to_the_company_and_the_need_to_the_agency(house):
    house.hear("at_once")
    house.hear("at_once", person=house.seller, organization=house.agency)
    need = house.need(STEAM)
    offer = house.achievement("Heat pump makes steam from waste heat")
    [mail] = mails_to(house.buyer)
    assert mail["Subject"] == "New: Heat pump makes steam from waste heat"
    assert [part in mail.get_content() for part in (need.reference, f"/achievements/{offer.id}", f"/needs/{need.id}/matches")] == [True] * 3
    [mail] = mails_to(house.seller)
    assert mail["Subject"] == f"New: {STEAM}"
    assert [part in mail.get_content() for part in (offer.reference, f"/needs/{need.id}", f"/achievements/{offer.id}/matches")] == [True] * 3


def test_owners_and_editors_hear_daily_unless_they_choose_and_readers_only_then(house):
    editor, reader, keen = make_member(house.company, "editor"), house.sides.company.reader, make_member(house.company, "reader")
    house.hear("daily", person=keen)
    house.need(STEAM)
    house.achievement("Waste heat becomes steam")
    with shifted(tomorrow()):
        tasks.digest()
        work()
    assert [len(mails_to(person)) for person in (house.buyer, editor, reader, keen)] == [1, 1, 0, 1]


def test_the_first_list_is_a_number_and_many_at_once_are_too(house):
    house.hear("at_once")
    house.achievements(*(f"Steam boiler {number}" for number in range(5)))
    need = house.need("Steam boiler wanted")
    assert told(house.buyer) == [(Source.MATCHES, 5)]
    [mail] = mails_to(house.buyer)
    assert "5 achievements that fit it" in mail.get_content()
    assert f"/needs/{need.id}/matches" in mail.get_content()
    house.achievements(*(f"Steam boiler wanted again {number}" for number in range(4)))
    assert told(house.buyer)[1:] == [(Source.MATCHES, 4)]
    with shifted(timedelta(minutes=5)):
        work()
    assert len(mails_to(house.buyer)) == 1, "what is told as a number waits for the digest"
    with shifted(tomorrow()):
        tasks.digest()
        work()
    assert "4 achievements that fit it" in mails_to(house.buyer)[1].get_content()


def test_a_number_that_was_read_grows_no_more_so_that_what_comes_later_is_new(house):
    house.hear("daily")
    house.achievements(*(f"Steam boiler {number}" for number in range(5)))
    house.need("Steam boiler wanted")
    house.achievements(*(f"Steam boiler wanted again {number}" for number in range(4)))
    assert told(house.buyer) == [(Source.MATCHES, 9)], "unread, and waiting for the digest"
    with transaction():
        db.session.get(Notice, notices_of(house.buyer)[0].id).read_at = now()
    house.achievements(*(f"Steam boiler wanted once more {number}" for number in range(4)))
    assert [(notice.number, notice.read_at is None) for notice in notices_of(house.buyer)] == [(9, False), (4, True)]


def test_a_pair_is_told_once_for_ever(house):
    """Gone and found again, matched by another ranking, or told by a job that is repeated: no second notice."""
    house.hear("at_once")
    need = house.need(STEAM)
    offer = house.achievement("Waste heat becomes steam")
    assert told(house.buyer) == [(Source.MATCH, 1)]
    with transaction():
        db.session.query(StoredMatch).delete()
    rematching.everything()
    with transaction():
        announcing.stored(list(db.session.scalars(select(StoredMatch))))
        tasks.announce(pairs=[[str(need.id), str(offer.id)]])
    with shifted(timedelta(minutes=5)):
        work()
    assert (told(house.buyer), len(mails_to(house.buyer))) == ([(Source.MATCH, 1)], 1)


STRENGTHS = [("any", 0, True), ("fair", FAIR - 1, False), ("fair", FAIR, True), ("strong", GOOD - 1, False), ("strong", GOOD, True)]


def test_who_wants_strong_matches_hears_of_no_weaker_ones(house):
    need, offer = house.need(STEAM), house.achievement("Waste heat becomes steam")
    for least, strength, heard in STRENGTHS:
        with transaction():
            for table in (Notice, AnnouncedPair):
                db.session.query(table).delete()
            db.session.query(StoredMatch).update({"strength": strength})
        house.hear("at_once", least)
        with transaction():
            announcing.announce([(need.id, offer.id)])
        assert bool(notices_of(house.buyer)) is heard, (least, strength)


def test_what_the_organisation_put_away_is_never_told_not_even_by_a_mail_that_waits(house):
    need = house.need(STEAM)
    first = house.achievement("Waste heat becomes steam")
    second = house.sides.achievement("Heat pump: steam from waste heat")
    rematching.drain()
    for offer in (first, second):
        with transaction():
            feedback.dismiss(need.id, offer.id, "field", by=actor(house.buyer, house.company))
    work()
    assert told(house.buyer) == [(Source.MATCH, 1)]
    with shifted(tomorrow()):
        tasks.digest()
        work()
    assert mails_to(house.buyer) == []
    assert len(mails_to(house.seller)) == 1


def test_below_the_first_ten_is_no_news_and_neither_is_what_is_gone_by_then(house):
    house.need(STEAM)
    house.sides.achievement("Waste heat becomes steam")
    rematching.drain()
    [row] = db.session.scalars(select(StoredMatch))
    row.rank = rules.TOP + 1
    db.session.commit()
    work()
    with transaction():
        announcing.stored([row])
    assert notices_of(house.buyer) == []
    assert db.session.scalar(select(func.count()).select_from(OutboxRow).where(OutboxRow.task == "alerts.announce", OutboxRow.done_at.is_(None))) == 0


def test_former_members_hear_nothing_and_who_joins_later_hears_what_is_new_then(house):
    left = make_member(house.company, "editor")
    house.need(STEAM)
    db.session.query(Membership).filter_by(person_id=left.id).update({"ended_at": now()})
    db.session.commit()
    house.achievement("Waste heat becomes steam")
    late = make_member(house.company, "editor")
    house.achievement("Heat pump for steam from waste heat")
    assert [len(notices_of(person)) for person in (left, house.buyer, late)] == [0, 2, 1]


def test_a_whole_fair_matched_anew_announces_nothing(house):
    house.hear("at_once")
    house.need(STEAM)
    house.achievement("Waste heat becomes steam")
    with transaction():
        db.session.query(AnnouncedPair).delete()
        db.session.query(Notice).delete()
    indexing.rebuild()
    rematching.everything()
    work()
    assert told(house.buyer) == []


def test_choosing_never_takes_back_what_waits_and_daily_moves_it(house):
    house.need(STEAM)
    house.achievement("Waste heat becomes steam")
    house.hear("never")
    assert [notice.mail_by for notice in notices_of(house.buyer)] == [None]
    house.hear("daily")
    house.achievement("Heat pump for steam from waste heat")
    assert [notice.mail_by for notice in notices_of(house.buyer)] == [None, Frequency.DAILY]


def test_which_are_named_and_which_are_counted():
    """The table of docs/rules/alerts.md, row by row."""
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (\d+) \| (named|counted) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 7
    for new, told_before, today, how in rows:
        assert rules.is_counted(int(new), told=int(told_before), today=int(today)) is (how == "counted"), (new, told_before, today)
