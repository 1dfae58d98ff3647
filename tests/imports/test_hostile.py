"""Hostile files through the page: no fault of ours, no row lost, nothing half-done, nothing of others."""

import io
import time

import pytest
from sqlalchemy import func, select

from marketplace.core import jobs
from marketplace.core.db import db
from marketplace.imports import holding
from marketplace.imports.models import ImportJob, State
from marketplace.listings import drafting
from marketplace.listings.models import Kind, Listing
from tests.factories import actor, make_member, make_organization, sign_in
from tests.imports.handing_in import form_token, newest
from tests.imports.hostile import files
from tests.listings.factories_listings import make_market

MANY, BOMB_BYTES = 60, 8_000_000
SECONDS = 10


@pytest.fixture
def market(client):
    market = make_market(slug="today", current=True)
    sign_in(client, market.owner)
    return market


def through(client, token: dict[str, str], name: str, content: bytes) -> str:
    """What is wrong with how the file was taken; empty when nothing is."""
    before, known = db.session.scalar(select(func.count()).select_from(Listing)), db.session.scalar(select(func.count()).select_from(ImportJob))
    began = time.monotonic()
    answer = client.post("/imports", data={**token, "kind": "achievement", "file": (io.BytesIO(content), name)}, content_type="multipart/form-data")
    answer.request.input_stream.close()
    jobs.sweep()
    if answer.status_code not in {303, 413, 415, 422}:
        return f"{answer.status_code}"
    if answer.status_code != 303:
        return "" if db.session.scalar(select(func.count()).select_from(ImportJob)) == known else "a job of a refused file"
    job = newest()
    if job.state is State.CHECKED and job.counts["good"]:
        client.post(f"/imports/{job.id}/commit", data={**token, "only_good": "on"})
        jobs.sweep()
        job = newest()
    stored = db.session.scalar(select(func.count()).select_from(Listing)) - before
    counts = job.counts
    if job.state is State.DONE and (counts["accepted"] + counts["rejected"] + counts["skipped"] != counts["rows"] or stored != counts["created"]):
        return f"rows do not add up: {counts}, {stored} stored"
    if job.state is not State.DONE and stored:
        return f"{stored} rows of a file that is {job.state}"
    if job.state not in {State.DONE, State.CHECKED, State.FAILED, State.TO_MAP}:
        return f"left as {job.state}"
    page = client.get(f"/imports/{job.id}")
    if page.status_code != 200 or "<script>alert" in page.text:
        return f"its page: {page.status_code}"
    took = time.monotonic() - began
    return f"{took:.0f} s" if took > SECONDS else ""


@pytest.mark.one_database
def test_hostile_files_harm_nobody(client, market, monkeypatch, request):
    """With ``--long`` 200 of them, and bombs of full size."""
    long = request.config.getoption("--long")
    bomb_bytes = 230_000_000 if long else BOMB_BYTES
    if not long:
        monkeypatch.setattr(holding, "MOST_UNPACKED", BOMB_BYTES // 2)
    other = make_organization()
    theirs = drafting.create(Kind.ACHIEVEMENT, {"title_en": "CANARY", "description_en": "Theirs", "external_id": "CANARY-OF-OTHERS"}, by=actor(make_member(other), other))
    db.session.commit()
    listing_id, version = theirs.id, theirs.version
    wrong = {}
    token = form_token(client, "/imports")
    for name, content in files(200 if long else MANY, bomb_bytes=bomb_bytes):
        if said := through(client, token, name, content):
            wrong[name] = said
    assert wrong == {}
    db.session.expire_all()
    kept = db.session.get(Listing, listing_id)
    assert (kept.version, kept.organization_id) == (version, other.id)
    owners = set(db.session.scalars(select(Listing.organization_id)))
    assert owners <= {other.id, market.agency.id}
    assert db.session.scalar(select(func.count()).select_from(Listing).where(Listing.public_number.is_not(None))) == 0
