"""What A keeps for partners: B reads it, under an agreement or without; one access is closed, one agreement waits for both."""

from datetime import timedelta
from io import BytesIO

from marketplace.core.clock import now
from marketplace.disclosure import agreements, reading
from marketplace.listings import drafting, entering
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.models import Kind
from marketplace.negotiations import interest
from marketplace.reviews import deciding
from tests.listings.factories_files import png
from tests.listings.factories_listings import COMPLETE
from tests.rights.world.listings import ASKED
from tests.rights.world.whole import World, do

KEPT = {
    "description_en": "CANARY-KEPT lifts heat by a salt that nobody names.", "partner_role_en": "CANARY-KEPT builds it.",
    "levels": {"description": "after_interest", "partner_role": "after_nda"},
}  # fmt: skip


def add_disclosure(world: World) -> None:
    things, a, b = world.things, world.by("a_owner"), world.by("b_owner")
    kept = do(drafting.create, Kind.ACHIEVEMENT, COMPLETE[Kind.ACHIEVEMENT] | KEPT | {"title_en": "Heat pump of few words"}, by=a)
    received = files.receive(BytesIO(png()), name="CANARY-KEPT.png")
    things["kept_file"] = do(files.add, kept.id, received, title="CANARY-KEPT drawing", level=Level.AFTER_INTEREST, by=a)
    entry = do(entering.submit, kept.id, fair_slug=world.fair.slug, segment_code="universities", by=a)
    do(deciding.publish, entry.id, by=world.by("moderator"))
    things["kept"] = kept
    thread, _ = do(interest.ask, achievement_id=kept.id, **ASKED, by=b)
    do(interest.accept, thread.id, by=a)
    last_day = now().date() + timedelta(days=30)
    in_force = do(agreements.propose, thread.id, template="mutual", ends_on=last_day, by=a)
    for by in (a, b):
        do(agreements.confirm, in_force.id, in_force.content_hash, by=by)
    things["secrecy"] = do(agreements.propose, things["agreement"].id, template="mutual", ends_on=last_day, by=b)
    do(reading.close, things["agreed_about"].id, things["b"].id, by=a)
