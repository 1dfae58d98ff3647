"""What A and B offer and seek, and what they negotiate."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.listings import drafting, entering
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.life import shelving
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching import feedback
from marketplace.negotiations import handover, interest, rounds
from marketplace.negotiations.rules import Terms
from marketplace.reviews import deciding
from tests.listings.factories_files import png
from tests.listings.factories_listings import COMPLETE
from tests.rights.world.whole import World, do

TERMS = Terms(amount_minor=680_000_000, currency="CNY", kind="licence")
ASKED = {"cooperation_wanted": "licence", "question": "CANARY-QUESTION may we see it run?"}


def add_listings(world: World) -> None:
    things, fair = world.things, world.fair

    def draft(kind: Kind, role: str, title: str) -> Listing:
        return do(drafting.create, kind, COMPLETE[kind] | {"title_en": title}, by=world.by(role))

    def submitted(kind: Kind, role: str, title: str) -> FairEntry:
        listing = draft(kind, role, title)
        return do(entering.submit, listing.id, fair_slug=fair.slug, segment_code="universities", by=world.by(role))

    def published(kind: Kind, role: str, title: str) -> Listing:
        entry = submitted(kind, role, title)
        do(deciding.publish, entry.id, by=world.by("moderator"))
        return db.session.get_one(Listing, entry.listing_id)

    things["draft"] = draft(Kind.ACHIEVEMENT, "a_owner", "CANARY-DRAFT of a pump")
    things["draft_need"] = draft(Kind.NEED, "a_owner", "CANARY-DRAFT of a need")
    things["entry"] = submitted(Kind.ACHIEVEMENT, "a_owner", "CANARY-SUBMITTED valve")
    things["waiting_need"] = submitted(Kind.NEED, "a_owner", "CANARY-SUBMITTED need")
    for name in ("achievement", "asked", "talked", "agreed", "handed", "free_slot"):
        things[f"{name}_about" if name != "achievement" else name] = published(Kind.ACHIEVEMENT, "a_owner", f"Heat pump {name}")
    things["need"] = published(Kind.NEED, "a_owner", "Steam at 150 degrees")
    things["b_achievement"] = published(Kind.ACHIEVEMENT, "b_owner", "Kiln of B")
    things["put_away"] = draft(Kind.ACHIEVEMENT, "a_owner", "CANARY-ARCHIVED pump")
    do(shelving.archive, things["put_away"].id, by=world.by("a_owner"))
    things["illustrated"] = draft(Kind.ACHIEVEMENT, "a_owner", "CANARY-DRAFT with a picture")
    received = files.receive(BytesIO(png()), name="CANARY-FILE.png")
    things["file"] = do(files.add, things["illustrated"].id, received, title="CANARY-FILE in its hall", level=Level.PUBLIC, by=world.by("a_owner"))
    things["revised"], things["ending"] = published(Kind.ACHIEVEMENT, "a_owner", "Valve of old"), published(Kind.ACHIEVEMENT, "a_owner", "Valve that ends soon")
    do(drafting.edit, things["revised"].id, {"title_en": "CANARY-REVISED valve"}, by=world.by("a_owner"))
    with transaction():
        db.session.get_one(Listing, things["ending"].id).ends_on = now().date() + timedelta(days=10)
    do(feedback.shortlist, things["need"].id, things["achievement"].id, by=world.by("a_owner"))


def add_threads(world: World) -> None:
    """B asked A about its achievements; A made the open round."""
    things, a, b = world.things, world.by("a_owner"), world.by("b_owner")

    def asked(about: str) -> Any:
        return do(interest.ask, achievement_id=things[f"{about}_about"].id, **ASKED, by=b)[0]

    things["interest"] = asked("asked")
    for name in ("talked", "agreed", "handed"):
        thread = asked(name)
        do(interest.accept, thread.id, by=a)
        do(rounds.offer, thread.id, TERMS, by=a)
        things[{"talked": "talks", "agreed": "agreement", "handed": "handed"}[name]] = thread
    for name in ("agreement", "handed"):
        do(rounds.agree, things[name].id, 1, by=b)
    do(handover.hand_over, things["handed"].id, by=a)
