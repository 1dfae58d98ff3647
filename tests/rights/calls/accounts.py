"""Accounts: sessions, tokens, passwords, registering."""

from tests.factories import PASSWORD
from tests.rights.calls.calling import on

NEW_PASSWORD = "a different long sentence"

for route in ("GET /account", "GET /account/password", "GET /account/tokens", "GET /sign-in", "GET /register", "GET /password/forgot"):
    on(route)
on("GET /api/v1/me")
on("POST /account", form={"name": "Renamed", "language": "zh"})
on("POST /account/password", form={"old": PASSWORD, "new": NEW_PASSWORD})
on("POST /account/tokens", form={"name": "cron", "permissions": ["accounts.me"], "days": "7"})
on("POST /account/sessions/<uuid:session_id>/end", session_id="session")
on("POST /account/tokens/<uuid:token_id>/revoke", token_id="token")
on("POST /sign-in", form=lambda world: {"email": world.people["a_owner"].email, "password": PASSWORD})
on("POST /sign-out")
on("POST /register", form={"name": "Li Na", "email": "li.na@example.org"})
on("POST /password/forgot", form=lambda world: {"email": world.people["a_owner"].email})
on("GET /register/<secret>", secret="registering")
on("POST /register/<secret>", secret="registering", form={"name": "Fresh", "password": NEW_PASSWORD})
on("GET /password/reset/<secret>", secret="resetting")
on("POST /password/reset/<secret>", secret="resetting", form={"new": NEW_PASSWORD})
