"""OAI-PMH 2.0: what each verb answers, each refusal, and a harvest as a client from outside does it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sickle.app
import time_machine
from sickle import Sickle

from marketplace.core.clock import now, shifted
from marketplace.interchange import oai
from marketplace.listings.models import Kind
from tests.interchange.conftest import LATER, tree
from tests.listings.factories_listings import draft

DC = {"metadataPrefix": "oai_dc"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def identifiers(answer):
    return [each.text.rpartition(":")[2] for each in answer.iter("identifier") if each.text.startswith("oai:")]


def code_of(answer):
    [error] = answer.findall("error")
    assert error.text
    return error.get("code")


def test_it_says_what_it_is(shelf):
    shelf.publish()
    answer = shelf.oai(verb="Identify")
    found = {each.tag: each.text for each in answer.find("Identify")}
    earliest = found.pop("earliestDatestamp")
    assert datetime.strptime(earliest, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) <= now() + LATER
    assert found == {
        "repositoryName": "Technology Trading", "baseURL": "http://127.0.0.1:5000/oai", "protocolVersion": "2.0", "adminEmail": "fair@localhost",
        "deletedRecord": "persistent", "granularity": "YYYY-MM-DDThh:mm:ssZ",
    }  # fmt: skip
    assert answer.find("request").attrib == {"verb": "Identify"} and answer.find("request").text == found["baseURL"]
    assert answer.find("responseDate").text.endswith("Z")


def test_a_listing_is_given_in_dublin_core(shelf):
    listing = shelf.publish(
        title_zh="热泵 <1>", summary_en="Steam & heat ]]>", description_en="It lifts\n\nwaste heat.", country="DE", technology_codes=["30"],
    )  # fmt: skip
    answer = shelf.oai(verb="GetRecord", identifier=f"oai:127.0.0.1:{listing.id}", **DC)
    [record] = answer.iter("record")
    header = {each.tag: each.text for each in record.find("header") if each.tag != "setSpec"}
    assert header["identifier"] == f"oai:127.0.0.1:{listing.id}"
    assert [each.text for each in record.iter("setSpec")] == ["achievements", "fair-spring", "field-30"]
    [metadata] = record.iter("dc")
    assert [(each.tag, each.text) for each in metadata if each.tag not in {"subject", "date"}] == [
        ("title", "Heat pump for process steam"), ("title", "热泵 <1>"), ("creator", "Northgate Transfer"), ("description", "Steam & heat ]]>"),
        ("description", "It lifts\n\nwaste heat."), ("type", "technology offer"), ("identifier", f"http://127.0.0.1:5000/achievements/{listing.id}"),
        ("identifier", listing.reference), ("language", "en"), ("language", "zh-Hans"), ("coverage", "DE"),
    ]  # fmt: skip
    languages = [each.get("{http://www.w3.org/XML/1998/namespace}lang") for each in metadata.iter("title")]
    assert languages == ["en", "zh-Hans"]


def test_what_is_hidden_stands_in_no_record(shelf):
    listing = shelf.publish(anonymous=True, description_en="canary-text", levels={"description": "after_nda"})
    for verb in ("ListRecords", "ListIdentifiers"):
        assert identifiers(shelf.oai(verb=verb, **DC)) == [str(listing.id)]
    text = shelf.client.get("/oai", query_string={"verb": "GetRecord", "identifier": f"oai:127.0.0.1:{listing.id}", **DC}).text
    assert "<dc:title" in text and "canary" not in text and "Northgate" not in text and str(shelf.market.agency.id) not in text


def test_a_listing_that_was_public_is_a_deleted_record_for_ever(shelf):
    listing, stays = shelf.publish(), shelf.publish(Kind.NEED)
    never = shelf.noted(draft(shelf.market))
    shelf.withdraw(listing)
    answer = shelf.oai(verb="ListRecords", **DC)
    assert identifiers(answer) == [str(stays.id), str(listing.id)]
    gone = [record for record in answer.iter("record") if record.find("header").get("status") == "deleted"]
    assert [(identifiers(record), record.find("metadata")) for record in gone] == [([str(listing.id)], None)]
    assert identifiers(shelf.oai(verb="ListIdentifiers", set="fair-spring", **DC)) == [str(stays.id), str(listing.id)], "its sets hear of it"
    assert shelf.oai(verb="GetRecord", identifier=f"oai:127.0.0.1:{listing.id}", **DC).find("GetRecord/record/header").get("status") == "deleted"
    assert code_of(shelf.oai(verb="GetRecord", identifier=f"oai:127.0.0.1:{never.id}", **DC)) == "idDoesNotExist"
    shelf.publish(listing=listing)
    assert [header.get("status") for header in shelf.oai(verb="ListIdentifiers", **DC).iter("header")] == [None, None]


def test_what_was_withdrawn_a_moment_ago_is_gone_before_its_record_says_so(shelf, monkeypatch):
    listing = shelf.publish()
    monkeypatch.setattr(type(shelf), "noted", lambda _self, found: found)
    shelf.withdraw(listing)
    answer = shelf.oai(verb="ListRecords", **DC)
    assert answer.find("ListRecords/record/header").get("status") == "deleted" and not list(answer.iter("dc"))


def test_a_listing_whose_last_day_is_over_is_deleted(shelf):
    listing = shelf.publish(valid_until=(now() + timedelta(days=3)).date())
    with shifted(timedelta(days=6)):
        shelf.noted(listing)
    assert shelf.oai(timedelta(days=7), verb="ListIdentifiers", **DC).find("ListIdentifiers/header").get("status") == "deleted"
    assert shelf.changes()["rows"][0]["change"] == "delete"


def test_dates_choose_days_or_seconds_at_both_ends(shelf):
    first = shelf.publish()
    with shifted(timedelta(days=3)):
        second = shelf.publish()
    stamps = [each.text for each in shelf.oai(timedelta(days=4), verb="ListIdentifiers", **DC).iter("datestamp")]
    for chosen, wanted in (
        ({"from_": stamps[0], "until": stamps[0]}, [first]), ({"from_": stamps[1]}, [second]), ({"until": stamps[1]}, [first, second]),
        ({"from_": stamps[0][:10], "until": stamps[1][:10]}, [first, second]), ({"until": stamps[0][:10]}, [first]),
        ({"from_": stamps[1][:10], "set": "achievements"}, [second]),
    ):  # fmt: skip
        assert identifiers(shelf.oai(timedelta(days=4), verb="ListIdentifiers", **DC, **chosen)) == [str(each.id) for each in wanted], chosen
    assert code_of(shelf.oai(timedelta(days=4), verb="ListRecords", **DC, from_="2100-01-01")) == "noRecordsMatch"
    assert code_of(shelf.oai(timedelta(days=4), verb="ListRecords", **DC, until="1999-12-31")) == "noRecordsMatch"


def test_a_change_is_told_to_who_asks_again_from_the_moment_of_the_last_answer(shelf):
    first = shelf.publish()
    before = shelf.oai(timedelta(0), verb="ListIdentifiers", **DC)
    assert code_of(before) == "noRecordsMatch", "a change settles first"
    again = shelf.oai(verb="ListIdentifiers", **DC, from_=before.find("responseDate").text)
    assert identifiers(again) == [str(first.id)]


def test_sets_are_kinds_fields_and_fairs(shelf):
    listing = shelf.publish(technology_codes=["30", "1"])
    names = [each.text for each in shelf.oai(verb="ListSets").iter("setSpec")]
    assert names[:3] == ["achievements", "needs", "field-1"] and names[-1] == "fair-spring" and len(names) == 2 + 35 + 1
    for name in ("achievements", "field-1", "field-30", "fair-spring"):
        assert identifiers(shelf.oai(verb="ListIdentifiers", set=name, **DC)) == [str(listing.id)]
    for name in ("needs", "field-2", "fair-autumn", "' OR 1=1"):
        assert code_of(shelf.oai(verb="ListIdentifiers", set=name, **DC)) == "noRecordsMatch"


@pytest.mark.parametrize(("query", "code"), [
    ("", "badVerb"), ("verb=Nope", "badVerb"), ("verb=Identify&verb=Identify", "badVerb"), ("verb=identify", "badVerb"),
    ("verb=Identify&set=x", "badArgument"), ("verb=GetRecord", "badArgument"), ("verb=GetRecord&identifier=x", "badArgument"),
    ("verb=ListRecords", "badArgument"), ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"), ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-02-30", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01T00:00:00", "badArgument"), ("verb=ListRecords&metadataPrefix=oai_dc&until=9999-12-31", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-01&until=2020-01-02T00:00:00Z", "badArgument"),
    ("verb=ListRecords&metadataPrefix=oai_dc&from=2020-01-02&until=2020-01-01", "badArgument"), ("verb=ListRecords&resumptionToken=x&set=y", "badArgument"),
    ("verb=ListRecords&resumptionToken=x", "badResumptionToken"), ("verb=ListIdentifiers&resumptionToken=", "badResumptionToken"),
    ("verb=ListSets&resumptionToken=x", "badResumptionToken"), ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
    (f"verb=GetRecord&identifier=oai:127.0.0.1:{UNKNOWN}&metadataPrefix=oai_dc", "idDoesNotExist"),
    ("verb=GetRecord&identifier=oai:127.0.0.1:%25&metadataPrefix=oai_dc", "idDoesNotExist"), ("verb=ListMetadataFormats&identifier=x", "idDoesNotExist"),
    ("verb=ListRecords&metadataPrefix=oai_dc", "noRecordsMatch"),
])  # fmt: skip
@pytest.mark.one_database
def test_every_refusal_is_one_of_the_protocol(client, query, code):
    for answer in (client.get(f"/oai?{query}"), client.post("/oai", data=query, content_type="application/x-www-form-urlencoded")):
        found = tree(answer)
        assert code_of(found) == code
        assert bool(found.find("request").attrib) is (code not in {"badVerb", "badArgument"})


@pytest.mark.one_database
def test_the_one_format_is_named(shelf):
    listing = shelf.publish()
    for more in ({}, {"identifier": f"oai:127.0.0.1:{listing.id}"}):
        assert shelf.oai(verb="ListMetadataFormats", **more).find("ListMetadataFormats/metadataFormat/metadataPrefix").text == "oai_dc"
    wrong = shelf.oai(verb="GetRecord", identifier=f"oai:127.0.0.1:{listing.id}", metadataPrefix="marc")
    assert code_of(wrong) == "cannotDisseminateFormat"


def test_a_client_from_outside_harvests_all_of_it(shelf, monkeypatch):
    monkeypatch.setattr(oai, "AT_ONCE", 2)
    listings = [shelf.publish(Kind.NEED if number % 2 else Kind.ACHIEVEMENT) for number in range(5)]
    asked = []

    def get(_address, *, params, **_more):
        asked.append(params)
        with shifted(LATER):
            answer = shelf.client.get("/oai", query_string=params)
        return SimpleNamespace(text=answer.text, content=answer.data, status_code=answer.status_code, encoding="utf-8", raise_for_status=lambda: None)

    monkeypatch.setattr(sickle.app.requests, "get", get)
    harvester = Sickle("http://127.0.0.1:5000/oai")
    found = list(harvester.ListRecords(**DC))
    assert [record.header.identifier.rpartition(":")[2] for record in found] == [str(each.id) for each in listings]
    assert [record.metadata["type"] for record in found] == [["technology offer"], ["technology request"], ["technology offer"], ["technology request"], ["technology offer"]]
    assert len(asked) == 3 and "resumptionToken" not in asked[0]
    assert len(list(harvester.ListIdentifiers(**DC, set="needs"))) == 2
    shelf.withdraw(listings[0])
    again = list(harvester.ListRecords(**DC))
    assert [record.deleted for record in again] == [False] * 4 + [True]
    assert len(list(harvester.ListRecords(**DC, ignore_deleted=True))) == 4


def test_a_token_goes_on_where_it_was_and_ends_after_a_day(shelf, monkeypatch):
    monkeypatch.setattr(oai, "AT_ONCE", 2)
    listings = [shelf.publish() for _ in range(4)]
    first = shelf.oai(verb="ListIdentifiers", **DC).find("ListIdentifiers/resumptionToken")
    assert (first.get("completeListSize"), first.get("cursor")) == ("4", "0") and first.get("expirationDate")
    shelf.withdraw(listings[0])
    shelf.publish()
    rest = shelf.oai(verb="ListIdentifiers", resumptionToken=first.text)
    assert identifiers(rest) == [str(each.id) for each in listings[2:]]
    following = rest.find("ListIdentifiers/resumptionToken")
    last = shelf.oai(verb="ListIdentifiers", resumptionToken=following.text)
    assert last.find("ListIdentifiers/resumptionToken").text is None and len(identifiers(last)) == 2, "what changed meanwhile comes at the end"
    assert code_of(shelf.oai(verb="ListRecords", resumptionToken=first.text)) == "badResumptionToken"
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert code_of(shelf.oai(verb="ListIdentifiers", resumptionToken=first.text)) == "badResumptionToken"
