"""Matches of needs and achievements."""

from tests.rights.calls.calling import on

on("GET /matches")
on("GET /needs/<uuid:listing_id>/matches", listing_id="need")
on("GET /achievements/<uuid:listing_id>/matches", listing_id="achievement")
on("GET /api/v1/matches", query=lambda world: {"need": str(world.need)})
