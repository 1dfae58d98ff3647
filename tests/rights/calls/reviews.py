"""The review: the queue, a case, who reads it, decisions, and what owners tick off."""

from tests.rights.calls.calling import on

NOTE = {"field": "summary_en", "severity": "major", "text": "Say who measured it."}

on("GET /staff/moderation")
on("GET /staff/moderation/workload")
on("GET /staff/moderation/mine")
on("GET /staff/moderation/<uuid:entry_id>", entry_id="entry")
on("POST /staff/moderation/next")
on("POST /staff/moderation/<uuid:entry_id>/claim", entry_id="entry")
on("POST /staff/moderation/<uuid:entry_id>/release", entry_id="entry")
on("POST /staff/moderation/<uuid:entry_id>/publish", entry_id="entry")
on("POST /staff/moderation/<uuid:entry_id>/send-back", entry_id="entry", form={"reason": "Say who measured it."})
on("POST /staff/moderation/decisions/<uuid:decision_id>/undo", decision_id="decision")
on("POST /listings/<uuid:listing_id>/notes/<uuid:note_id>", listing_id="returned", note_id="review_note")
on("GET /api/v1/fairs/<slug>/entries", slug="fair")
on("POST /api/v1/entries/next", json={"kind": "achievement"})
on("GET /api/v1/entries/<uuid:entry_id>", entry_id="entry")
on("POST /api/v1/entries/<uuid:entry_id>/claim", entry_id="entry", json={"over": True})
on("POST /api/v1/entries/<uuid:entry_id>/release", entry_id="entry")
on("POST /api/v1/entries/<uuid:entry_id>/publish", entry_id="entry", json={"number": 1})
on("POST /api/v1/entries/<uuid:entry_id>/send-back", entry_id="entry", json={"reason": "Say who measured it.", "notes": [NOTE]})
on("POST /api/v1/decisions/<uuid:decision_id>/undo", decision_id="decision")
on("GET /api/v1/listings/<uuid:listing_id>/review", listing_id="returned")
on("POST /api/v1/listings/<uuid:listing_id>/review/notes/<uuid:note_id>", listing_id="returned", note_id="review_note", json={"done": True})
