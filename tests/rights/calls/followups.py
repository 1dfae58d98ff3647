"""Follow-ups of intents."""

from tests.rights.calls.calling import on

talking = {"outcome": "talking"}
for method in ("GET", "POST"):
    on(f"{method} /followup/<secret>", secret="followup_secret", form=talking | {"name": "Anna Muster"})
    on(f"{method} /followups/<uuid:followup_id>", followup_id="followup", form=talking)
on("GET /followups")
on("GET /staff/conversion")
on("POST /staff/followups/<uuid:followup_id>/link", followup_id="followup", form={"side": "recipient"})
on("GET /fairs/<slug>/conversion", slug="fair")
on("GET /api/v1/fairs/<string:slug>/conversion", slug="fair")
on("GET /api/v1/followups")
on("POST /api/v1/followups/<uuid:followup_id>/answers", followup_id="followup", json=talking)
