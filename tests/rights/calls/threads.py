"""Points and documents of the talks of A and B, and the thread on paper: A raised the points and put the document up."""

from io import BytesIO

from tests.listings.factories_files import png
from tests.rights.calls.calling import Call, call, on
from tests.rights.world import World

T, SAID = "/negotiations/<uuid:negotiation_id>", {"text": "We do."}
on("GET /negotiations/points")
on(f"GET {T}/print", negotiation_id="talks")
on(f"GET /api/v1{T}/events", negotiation_id="talks")
for step in ("points", "documents"):
    on(f"GET {T}/{step}/new", negotiation_id="talks")
    on(f"GET /api/v1{T}/{step}", negotiation_id="talks")
on(f"POST {T}/points/new", negotiation_id="talks", form=SAID)
on(f"POST /api/v1{T}/points", negotiation_id="talks", json=SAID)


def numbered(route: str, number: int = 1, **more: object) -> None:
    call(route)(lambda world: Call(path={"negotiation_id": world.talks, "number": number}, **more))  # type: ignore[arg-type]


def uploaded(route: str, *, number: int | None = None, **said: str) -> None:
    def make(world: World) -> Call:
        path = {"negotiation_id": world.talks} | ({"number": number} if number else {})
        return Call(path=path, form=said | {"file": (BytesIO(png(97)), "sheet.png")})

    call(route)(make)


numbered(f"GET {T}/points/<int:number>")
numbered(f"GET {T}/documents/<int:number>/versions/new")
for prefix, body in (("", "form"), ("/api/v1", "json")):
    numbered(f"POST {prefix}{T}/points/<int:number>/answers", **{body: SAID})
    numbered(f"POST {prefix}{T}/points/<int:number>/settle", **{body: SAID})
    numbered(f"POST {prefix}{T}/points/<int:number>/reopen", 2, **{body: SAID})
    numbered(f"POST {prefix}{T}/documents/<int:number>/take-back")
uploaded(f"POST {T}/documents/new", title="Term sheet")
uploaded(f"POST /api/v1{T}/documents", title="Term sheet")
uploaded(f"POST {T}/documents/<int:number>/versions/new", number=1)
uploaded(f"POST /api/v1{T}/documents/<int:number>/versions", number=1)
for route in (f"GET {T}/documents/<int:number>/versions/<int:version>", f"GET /api/v1{T}/documents/<int:number>/versions/<int:version>/content"):
    call(route)(lambda world: Call(path={"negotiation_id": world.talks, "number": 1, "version": 1}))
