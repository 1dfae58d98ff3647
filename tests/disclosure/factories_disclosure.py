"""A market in which one listing keeps something for each audience, and readers of every kind."""

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from marketplace.core.db import db
from marketplace.disclosure import agreements
from marketplace.disclosure.models import Agreement
from marketplace.listings import rules
from marketplace.listings.attachments import files, storing
from marketplace.listings.levels import LEVELLED, Level
from marketplace.listings.models import Kind, Listing, ListingFile, ListingVersion
from marketplace.negotiations import interest
from marketplace.negotiations.models import Negotiation
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save
from tests.negotiations.factories_negotiations import ASKED, World, do, make_listing, make_world

SAID = {
    Level.REGISTERED: "Said4Registered", Level.AFTER_INTEREST: "Said4Interested", Level.AFTER_NDA: "Said4Secret", Level.NEVER: "Said4Nobody",
}  # fmt: skip
"""What stands in the groups and names of files of each level."""
OF_LEVEL = {
    "advantages": Level.REGISTERED, "cost_comparison": Level.REGISTERED, "description": Level.AFTER_INTEREST, "parameters": Level.AFTER_INTEREST,
    "source": Level.AFTER_INTEREST, "partner_role": Level.AFTER_NDA, "ip_rights": Level.AFTER_NDA, "video": Level.AFTER_NDA, "price": Level.NEVER,
}  # fmt: skip
AMOUNT = 73_719_30


def whole(kind: Kind) -> dict[str, Any]:
    """A content with something in each group that has a level."""
    text = {group: SAID[level] for group, level in OF_LEVEL.items()}
    own = {"advantages_en": text["advantages"], "cost_comparison_en": text["cost_comparison"]} if kind is Kind.ACHIEVEMENT else {}
    return {
        **own, "description_en": text["description"], "source_organization": text["source"], "source_url": f"https://example.org/{text['source']}",
        "partner_role_zh": text["partner_role"], "video_url": f"https://example.org/{text['video']}", "amount_min_minor": AMOUNT, "currency": "CNY",
        "parameters": [{"name": f"{text['parameters']} heat", "operator": "ge", "value": "150", "upper": None, "unit": None}],
        "ip_rights": [{"kind": "patent", "office": "CN", "number": text["ip_rights"], "filed_on": None, "granted_on": None, "expires_on": None, "owner": None}],
    }  # fmt: skip


def a_paper(name: str) -> files.Received:
    """A PDF of two pages."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(300, 400))
    for page in (1, 2):
        canvas.drawString(30, 200, f"Content of page {page}")
        canvas.showPage()
    canvas.save()
    return files.Received(name, files.PDF, len(out.getvalue()), storing.store(out.getvalue()), pages=2)


def a_picture(name: str) -> files.Received:
    out, small = BytesIO(), BytesIO()
    Image.new("RGB", (160, 100), (40, 90, 140)).save(out, "PNG")
    Image.new("RGB", (80, 50), (40, 90, 140)).save(small, "WEBP")
    return files.Received(name, "image/png", len(out.getvalue()), storing.store(out.getvalue(), small=small.getvalue()), width=160, height=100)


@dataclass
class Rooms:
    """The market with its listing, the listing's files by level, and the threads of the partners."""

    world: World
    listing: Listing
    files: dict[Level, ListingFile]
    readers: dict[str, tuple[Any, Any]]
    threads: dict[str, Negotiation]
    agreement: Agreement | None = None


def reserve(listing: Listing, kind: Kind, received: dict[Level, files.Received], *, uploaded_by: Any) -> dict[Level, ListingFile]:
    """Give a listing of the factories content and files for every audience."""
    made = {}
    for level, file in received.items():
        made[level] = save(ListingFile(
            listing_id=listing.id, name=file.name, media_type=file.media_type, size_bytes=file.size_bytes, sha256=file.sha256, pages=file.pages,
            width=file.width, height=file.height, uploaded_by=uploaded_by, uploaded_at=listing.created_at,
        ))  # fmt: skip
    version = db.session.query(ListingVersion).filter_by(listing_id=listing.id, number=1).one()
    rows = [{"file": str(file.id), "title": f"Paper {SAID.get(level, 'for all')}", "level": level.value} for level, file in made.items()]
    levels = {group: level.value for group, level in OF_LEVEL.items() if any(whole(kind).get(column) for column in LEVELLED[group])}
    content = rules.completed(rules.public_of(version) | whole(kind) | {"files": rows, "levels": levels})
    for name, value in rules.stored(content).items():
        setattr(version, name, value)
    db.session.commit()
    return made


def make_rooms(kind: Kind = Kind.ACHIEVEMENT, **listing: Any) -> Rooms:
    """The agency's achievement, or the company's need, with readers: another organisation's, an asker, partners, staff, its own people."""
    world = make_world()
    owner = world.agency if kind is Kind.ACHIEVEMENT else world.company
    kept = make_listing(kind, owner, world.fair, title_en="Kept apart", **listing)
    levels = (Level.PUBLIC, *SAID)
    received = {level: a_picture(f"{SAID.get(level, 'for all')}.png") for level in levels}
    made = reserve(kept, kind, received, uploaded_by=world.at_agency.id)
    others = {name: make_organization(name_en=f"Firm {name}") for name in ("asker", "partner", "under_secrecy", "secrecy_ended", "declined")}
    people = {name: make_member(organization) for name, organization in others.items()}
    readers: dict[str, tuple[Any, Any]] = {
        "stranger": (None, None), "registered": (world.at_outsider, world.outsider), **{name: (people[name], others[name]) for name in others},
        "staff": (make_staff(world.fair, "moderator", "manager", "clerk", "verifier"), None), "other_staff": (make_staff(make_fair(), "moderator"), None),
        "owner": (world.at_agency if kind is Kind.ACHIEVEMENT else world.at_company, owner),
    }  # fmt: skip
    rooms = Rooms(world, kept, made, readers, {})
    for name in ("asker", "partner", "under_secrecy", "secrecy_ended", "declined"):
        rooms.threads[name] = do(interest.ask, **{f"{kind.value}_id": kept.id}, **ASKED, by=by(rooms, name))[0]
        if name in ("partner", "under_secrecy", "secrecy_ended"):
            do(interest.accept, rooms.threads[name].id, by=by(rooms, "owner"))
    do(interest.decline, rooms.threads["declined"].id, "not_fit", by=by(rooms, "owner"))
    for name in ("under_secrecy", "secrecy_ended"):
        agreement = agreed(rooms, name)
        if name == "secrecy_ended":
            do(agreements.end, agreement.id, by=by(rooms, name))
        else:
            rooms.agreement = agreement
    return rooms


def by(rooms: Rooms, name: str) -> Any:
    person, organization = rooms.readers[name]
    return actor(person, organization) if person is not None else None


def agreed(rooms: Rooms, name: str, *, template: str = "mutual", days: int = 30) -> Agreement:
    """An agreement of secrecy in force between the owner and a partner."""
    agreement = do(agreements.propose, rooms.threads[name].id, template=template, ends_on=date.today() + timedelta(days=days), by=by(rooms, name))
    do(agreements.confirm, agreement.id, agreement.content_hash, by=by(rooms, name))
    return do(agreements.confirm, agreement.id, agreement.content_hash, by=by(rooms, "owner"))
