"""Achievements and needs, their versions, and their entries in fairs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair, Segment
from marketplace.organizations.models import Organization


class Kind(StrEnum):
    ACHIEVEMENT = "achievement"
    NEED = "need"


class EntryStatus(StrEnum):
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Closed(StrEnum):
    """How a need ended."""

    MET = "met"
    UNMET = "unmet"


# submitted → submitted: a newer version takes the place of the one that waits;
# published → published: a newer version is handed in, approved or sent back while visitors go on seeing the approved one.
# published → expired: its last day is over; renewing shows the same version again.
MOVES: dict[EntryStatus, set[EntryStatus]] = {
    EntryStatus.SUBMITTED: {EntryStatus.SUBMITTED, EntryStatus.PUBLISHED, EntryStatus.SENT_BACK, EntryStatus.WITHDRAWN},
    EntryStatus.PUBLISHED: {EntryStatus.PUBLISHED, EntryStatus.WITHDRAWN, EntryStatus.EXPIRED},
    EntryStatus.EXPIRED: {EntryStatus.PUBLISHED, EntryStatus.SUBMITTED, EntryStatus.SENT_BACK, EntryStatus.WITHDRAWN},
    EntryStatus.SENT_BACK: {EntryStatus.SUBMITTED, EntryStatus.WITHDRAWN},
    EntryStatus.WITHDRAWN: {EntryStatus.SUBMITTED},
}


class Listing(Model):
    """What belongs to an organisation for good; its text is in `ListingVersion`.

    ``draft_number`` is the newest version, ``public_number`` the newest one that a fair shows now: None when none does.
    ``num`` is given at the first publication and grows from one to the next: the order of the catalogue and of the index.
    ``shown_owner_id`` is whom the public may know as its owner: nobody while it is ``anonymous``. Public readers join it, never
    ``organization_id``. ``contact_id`` is the colleague who looks after it.
    ``ends_on`` is the last day on which open fairs show it (`listings.renewing`), given when one first does, ``noticed_for`` the last
    day that its owner was told about. ``closed_as`` says how a need ended.
    """

    __tablename__ = "listings"
    __table_args__ = (
        UniqueConstraint("organization_id", "kind", "external_id"),
        CheckConstraint("public_number IS NULL OR num IS NOT NULL", "public_has_num"),
        CheckConstraint("anonymous = (shown_owner_id IS NULL)", "shown_owner"),
        CheckConstraint("archived_at IS NULL OR public_number IS NULL", "archived"),
        CheckConstraint("(closed_at IS NULL) = (closed_as IS NULL)", "closed_both"),
        Index("ix_listings_own", "organization_id", "kind", "created_at"),
        Index("ix_listings_ends_on", "ends_on", sqlite_where=text("ends_on IS NOT NULL"), postgresql_where=text("ends_on IS NOT NULL")),
        Index("ix_listings_public", "kind", "num", sqlite_where=text("public_number IS NOT NULL"), postgresql_where=text("public_number IS NOT NULL")),
    )

    id: Mapped[Id]
    num: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    kind: Mapped[Kind]
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    external_id: Mapped[str | None] = mapped_column(String(120))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=false())
    shown_owner_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id), index=True)
    open_for_interest: Mapped[bool] = mapped_column(default=True, server_default=true())
    draft_number: Mapped[int] = mapped_column(default=1)
    public_number: Mapped[int | None]
    published_at: Mapped[datetime | None]  # first publication
    ends_on: Mapped[date | None]
    extended_at: Mapped[datetime | None]
    expired_at: Mapped[datetime | None]
    noticed_for: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_as: Mapped[Closed | None]
    closed_reason: Mapped[str | None] = mapped_column(String(500))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ListingVersion(Model):
    """The content of a listing at one time; once it was entered in a fair (``entered_at``), only its levels may be raised.

    ``created_by`` wrote it last.

    An empty field is not answered; a field named in ``unknowns`` was answered with "unknown". Amounts are minor units of ``currency``: the price asked for an achievement, the budget of a need.
    ``exclusivity`` is how far at most a licence of an achievement goes, and how far at least a need wants it. ``parameters`` are
    rows ``{"name", "operator", "value", "upper", "unit"}`` (see `listings.parameters`): what a need must have, what an
    achievement reaches. ``source_*`` keep, as text, whom an imported record came from. ``ip_rights`` are rows ``{"kind", "office",
    "number", "filed_on", "granted_on", "expires_on", "owner"}``, ``files`` rows ``{"file", "title", "level"}`` of `ListingFile`.
    What not everybody may read is blank in its column and stands in ``reserved``, as ``levels`` says (`listings.levels`).
    """

    __tablename__ = "listing_versions"
    __table_args__ = (
        UniqueConstraint("listing_id", "number"),
        CheckConstraint("title_en IS NOT NULL OR title_zh IS NOT NULL", "title"),
        CheckConstraint("trl IS NULL OR trl BETWEEN 1 AND 9", "trl"),
        CheckConstraint("min_trl IS NULL OR min_trl BETWEEN 1 AND 9", "min_trl"),
        CheckConstraint("amount_min_minor IS NULL OR amount_max_minor IS NULL OR amount_min_minor <= amount_max_minor", "amounts"),
        Index("ix_listing_versions_deadline", "deadline", sqlite_where=text("deadline IS NOT NULL"), postgresql_where=text("deadline IS NOT NULL")),
        Index("ix_listing_versions_valid_until", "valid_until", sqlite_where=text("valid_until IS NOT NULL"), postgresql_where=text("valid_until IS NOT NULL")),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    number: Mapped[int]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    entered_at: Mapped[datetime | None]
    title_en: Mapped[str | None] = mapped_column(String(256))
    title_zh: Mapped[str | None] = mapped_column(String(256))
    summary_en: Mapped[str | None] = mapped_column(String(500))
    summary_zh: Mapped[str | None] = mapped_column(String(500))
    description_en: Mapped[str | None] = mapped_column(Text)
    description_zh: Mapped[str | None] = mapped_column(Text)
    advantages_en: Mapped[str | None] = mapped_column(Text)
    advantages_zh: Mapped[str | None] = mapped_column(Text)
    requirement_en: Mapped[str | None] = mapped_column(Text)
    requirement_zh: Mapped[str | None] = mapped_column(Text)
    technology_codes: Mapped[list[str]]
    unknowns: Mapped[list[str]] = mapped_column(default=list)
    trl: Mapped[int | None]
    min_trl: Mapped[int | None]
    stage: Mapped[str | None] = mapped_column(String(30))
    ip_status: Mapped[str | None] = mapped_column(String(30))
    deal_kinds: Mapped[list[str]]
    exclusivity: Mapped[str | None] = mapped_column(String(20))
    price_mode: Mapped[str | None] = mapped_column(String(30))
    amount_min_minor: Mapped[int | None] = mapped_column(BigInteger)
    amount_max_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    country: Mapped[str | None] = mapped_column(String(2))
    target_countries: Mapped[list[str]]
    excluded_countries: Mapped[list[str]]
    partner_kinds: Mapped[list[str]]
    languages: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    parameters: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    territory: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    sdg: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    partner_role_en: Mapped[str | None] = mapped_column(Text)
    partner_role_zh: Mapped[str | None] = mapped_column(Text)
    cost_comparison_en: Mapped[str | None] = mapped_column(String(500))
    cost_comparison_zh: Mapped[str | None] = mapped_column(String(500))
    ip_rights: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    co_owner_consent: Mapped[str | None] = mapped_column(String(20))
    export_control: Mapped[str | None] = mapped_column(String(20))
    video_url: Mapped[str | None] = mapped_column(String(500))
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    levels: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    reserved: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    deadline: Mapped[date | None]
    valid_until: Mapped[date | None]
    source_organization: Mapped[str | None] = mapped_column(String(300))
    source_country: Mapped[str | None] = mapped_column(String(2))
    source_url: Mapped[str | None] = mapped_column(String(500))


class ListingFile(Model):
    """A file that belongs to a listing; which versions show it, to whom, is in their ``files``. Its bytes lie under its SHA-256."""

    __tablename__ = "listing_files"
    __table_args__ = (Index("ix_listing_files_listing", "listing_id"), CheckConstraint("size_bytes > 0", "size"))

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    uploaded_at: Mapped[datetime]


class ListingTyped(Model):
    """What a person typed into a listing's form and did not save: for them alone, acting for this organisation.

    ``place`` is the listing's id, or the kind of a new one; ``fields`` are pairs of name and text, as a form posts them.
    """

    __tablename__ = "listing_typed"
    __table_args__ = (UniqueConstraint("person_id", "organization_id", "place"), Index("ix_listing_typed_saved_at", "saved_at"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    place: Mapped[str] = mapped_column(String(36))
    fields: Mapped[list[Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]


class FairEntry(Model):
    """A listing entered in a fair. Visitors of the fair see version ``published_number``; ``submitted_number`` waits for the moderator.

    A published entry with a ``submitted_number`` is both: visible in the approved version, and in the queue with the newer
    one. ``returned_number`` is the version that was sent back last, with ``reason``; handing in again clears both.
    ``expired_number`` is the version that was shown until the listing's last day was over; an update may wait beside it.
    """

    __tablename__ = "fair_entries"
    __table_args__ = (
        UniqueConstraint("listing_id", "fair_id"),
        CheckConstraint("(status = 'published') = (published_number IS NOT NULL)", "published"),
        CheckConstraint("status <> 'submitted' OR submitted_number IS NOT NULL", "submitted"),
        CheckConstraint("submitted_number IS NULL OR status IN ('submitted', 'published', 'expired')", "waiting"),
        CheckConstraint("status <> 'expired' OR expired_number IS NOT NULL", "expired"),
        CheckConstraint("status <> 'sent_back' OR returned_number IS NOT NULL", "sent_back"),
        CheckConstraint("published_number IS NULL OR num IS NOT NULL", "published_has_num"),
        Index("ix_fair_entries_queue", "fair_id", "submitted_at", sqlite_where=text("submitted_number IS NOT NULL"), postgresql_where=text("submitted_number IS NOT NULL")),
        Index("ix_fair_entries_public", "fair_id", "kind", "num", sqlite_where=text("published_number IS NOT NULL"), postgresql_where=text("published_number IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[Kind]
    num: Mapped[int | None] = mapped_column(BigInteger)  # the listing's, so that one index orders a fair's catalogue
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Segment.id))
    status: Mapped[EntryStatus]
    submitted_number: Mapped[int | None]
    published_number: Mapped[int | None]
    returned_number: Mapped[int | None]
    expired_number: Mapped[int | None]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    submitted_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(2000))
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def waiting(self) -> bool:
        """Whether a version waits for the moderator."""
        return self.submitted_number is not None


class ListingChange(Model):
    """What the index still has to take in; a row is deleted when an index commit holds it."""

    __tablename__ = "listing_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    changed_at: Mapped[datetime]
