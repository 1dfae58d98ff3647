"""Slides of a pitch: what is taken, who may read them and until when they are kept."""

from datetime import timedelta
from io import BytesIO

import pytest

from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.listings.attachments import storing
from marketplace.roadshow.running import slides
from tests.factories import actor, make_fair, make_member, make_staff
from tests.listings.factories_files import pdf
from tests.roadshow.factories_running import do, make_stage


def test_slides_are_for_the_presenter_and_the_staff_until_the_presenter_says_for_everybody(app):
    stage = make_stage()
    pitch, outsider = stage.pitches[0].id, actor(make_member())
    received = slides.receive(BytesIO(pdf(2)), name="../Our agency.pptx.pdf")
    with pytest.raises(NotFound):
        do(slides.put, pitch, received, public=False, by=stage.by(1))
    do(slides.put, pitch, received, public=False, by=stage.by(0))
    for by in (None, outsider, stage.by(1), actor(make_staff(make_fair()))):
        with pytest.raises(NotFound):
            slides.opened(pitch, by=by)
    assert [slides.opened(pitch, by=by)[1] for by in (stage.by(0), stage.staff)] == ["Our agency.pptx.pdf"] * 2
    found = do(slides.mark_loaded, pitch, version=1, by=stage.staff)
    assert found.loaded_at is not None
    with pytest.raises(Forbidden):
        do(slides.mark_loaded, pitch, version=2, by=stage.by(0))
    do(slides.publish, pitch, True, by=stage.by(0))
    assert slides.opened(pitch, by=None)[1] == "slides-1.pdf"
    do(slides.put, pitch, slides.receive(BytesIO(pdf(3)), name="new.pdf"), public=True, by=stage.by(0))
    assert slides.opened(pitch, by=None)[0].loaded_at is None
    with pytest.raises(IllegalMove):
        do(slides.mark_loaded, pitch, version=1, by=stage.staff)


@pytest.mark.one_database
@pytest.mark.parametrize(("content", "code"), [(b"PK\x03\x04 a presentation", "file_type"), (b"%PDF-1.7 /JavaScript (x)", "pdf_script"), (b"", "file_type")])
def test_slides_are_a_harmless_pdf(app, content, code):
    with pytest.raises(Invalid) as refused:
        slides.receive(BytesIO(content), name="slides.pdf")
    assert refused.value.errors[0].code == code


@pytest.mark.one_database
def test_bytes_of_slides_are_not_cleared_away(app, monkeypatch):
    stage = make_stage()
    received = slides.receive(BytesIO(pdf(4)), name="kept.pdf")
    do(slides.put, stage.pitches[0].id, received, public=False, by=stage.by(0))
    gone = storing.store(b"named by nobody")
    monkeypatch.setattr(storing, "KEPT_UNNAMED", -timedelta(minutes=1))
    storing.clear()
    assert storing.where(received.sha256).exists() and not storing.where(gone).exists()
