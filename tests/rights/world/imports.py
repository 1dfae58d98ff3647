"""Files that A's owner handed in: one checked, with a wrong row; one that asks for its columns."""

import io

from marketplace.imports import service, working
from marketplace.listings.models import Kind
from tests.rights.world.whole import World, do

CHECKED = b"external_id,title,description,trl\n1,CANARY-IMPORT pump,It pumps,7\n2,,No title,x\n"
TO_MAP = b"Bezeichnung,Beschreibung\nCANARY-IMPORT valve,It shuts\n"


def add_imports(world: World) -> None:
    for name, content in (("checked_import", CHECKED), ("import_to_map", TO_MAP)):
        given = service.Upload(kind=Kind.ACHIEVEMENT, stream=io.BytesIO(content), name=f"{name}.csv")
        job = do(service.upload, given, by=world.by("a_owner"))
        token = working.claim(job.id)
        assert token is not None
        working.run(job.id, token)
        world.things[name] = job
