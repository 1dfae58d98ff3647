"""What the fair's staff propose to A and B: a need of A's and B's achievement, answered by both; and another one, withdrawn."""

from marketplace.coverage import noting, service
from marketplace.coverage.models import Answer, Side
from marketplace.coverage.service import Note
from marketplace.listings import drafting, entering
from marketplace.listings.models import Kind
from marketplace.reviews import deciding
from tests.listings.factories_listings import COMPLETE
from tests.rights.world.whole import World, do

NOTES = {side: Note(en="CANARY-PROPOSAL") for side in Side}


def add_coverage(world: World) -> None:
    things, staff = world.things, world.by("moderator")
    spare = do(drafting.create, Kind.NEED, COMPLETE[Kind.NEED] | {"title_en": "Spare need of A"}, by=world.by("a_owner"))
    entry = do(entering.submit, spare.id, fair_slug=world.fair.slug, segment_code="universities", by=world.by("a_owner"))
    do(deciding.publish, entry.id, by=staff)
    things["spare_need"] = spare
    for name, need in (("partner", things["need"]), ("withdrawn_partner", spare)):
        pair = (world.fair, need.id, things["b_achievement"].id)
        things[name] = do(service.propose, *pair, notes=NOTES, confirm_broken=True, by=staff)
    for role in ("a_owner", "b_owner"):
        do(service.answer, things["partner"].id, Answer.INTERESTED, by=world.by(role))
    do(service.withdraw, world.fair, things["withdrawn_partner"].id, by=staff)
    do(noting.write, world.fair, things["a"].id, said="CANARY-CALL", by=staff)
