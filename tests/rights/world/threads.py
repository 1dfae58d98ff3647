"""What A and B lay into their talks: points of A's, one of them settled, and a document of A's; and a split that waits for B."""

from io import BytesIO

from marketplace.credits import service as credits
from marketplace.listings.attachments import files
from marketplace.negotiations.documents import service as documents
from marketplace.negotiations.points import service as points
from tests.listings.factories_files import png
from tests.rights.world.whole import World, do


def add_thread_parts(world: World) -> None:
    things, a = world.things, world.by("a_owner")
    for text in ("CANARY-POINT who pays for the test?", "CANARY-POINT who travels?"):
        do(points.raise_point, things["talks"].id, text, by=a)
    do(points.settle, things["talks"].id, 2, "CANARY-POINT we do.", by=a)
    do(documents.put_up, things["talks"].id, files.receive(BytesIO(png(96)), name="CANARY-SHEET.png"), title="CANARY-SHEET", by=a)
    things["split"] = do(credits.propose, things["declared"].id, [(things["a"].slug, 10_000)], note="CANARY-SPLIT", by=a)
