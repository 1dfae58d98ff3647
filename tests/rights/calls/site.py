"""Home, health, problems, static files, and the lists that anybody reads."""

from tests.rights.calls.calling import Call, call, on

for route in (
    "GET /", "GET /api/docs", "GET /api/openapi.json", "GET /problems", "GET /healthz", "GET /readyz", "GET /metrics", "GET /rules",
    "GET /total", "GET /board", "GET /roadshow", "GET /fairs", "GET /achievements", "GET /needs", "GET /organizations",
):  # fmt: skip
    on(route)
call("GET /problems/<slug>")(lambda world: Call(path={"slug": "not-found"}))
call("GET /static/<path:filename>")(lambda world: Call(path={"filename": "theme.css"}))
call("GET /bootstrap/static/<path:filename>")(lambda world: Call(path={"filename": "css/bootstrap.min.css"}))
call("GET /language/<code>")(lambda world: Call(path={"code": "zh"}))
on("GET /time-zone")
on("POST /time-zone", form={"zone": "America/New_York"})
