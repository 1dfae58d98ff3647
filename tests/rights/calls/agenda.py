"""Schedules, calendars and the board of rooms; the table and the meetings are those of A and B."""

from tests.rights.calls.calling import Call, call, on

on("GET /schedule", query=lambda world: {"fair": world.fair.slug})
on("GET /schedule/organization", query=lambda world: {"fair": world.fair.slug})
on("GET /schedule/interpreting", query=lambda world: {"fair": world.fair.slug})
on("GET /schedule/calendars")
on("POST /schedule/calendars", form={"whose": "me", "name": "Fair"})
on("POST /schedule/calendars/<uuid:feed_id>/revoke", feed_id="feed")
call("GET /calendar/<secret>.ics")(lambda world: Call(path={"secret": world.table_feed_secret}))
on("GET /schedule/meetings/<uuid:meeting_id>.ics", meeting_id="confirmed")
on("GET /schedule/pitches/<uuid:pitch_id>.ics", pitch_id="pitch")
on("GET /roadshow/sessions/<uuid:session_id>.ics", session_id="free_session")
on("GET /staff/rooms", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/rooms/cards", query=lambda world: {"fair": world.fair.slug})
on("GET /staff/rooms/<uuid:place_id>", place_id="table")
on("GET /staff/rooms/interpreters/<uuid:interpreter_id>", interpreter_id="agenda_interpreter")
on("GET /api/v1/fairs/<slug>/schedule", slug="fair")
