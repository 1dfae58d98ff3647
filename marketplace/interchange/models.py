"""What the public was shown of each listing, and when that changed: what harvesters and polling readers go by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Model
from marketplace.listings.models import Kind, Listing


class PublicRecord(Model):
    """One row for each listing that was ever public; it is never deleted. ``shown`` is False when nobody is to find it any more.

    ``seq`` is the number of its last change, given in the order of commits, so that who has read up to a number missed nothing
    below it. ``changed_at`` never falls as ``seq`` grows. ``digest`` is over the public content: what does not change it is no change.
    """

    __tablename__ = "public_records"
    __table_args__ = (Index("ix_public_records_kind", "kind", "seq"), Index("ix_public_records_changed", "changed_at"))

    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id), primary_key=True)
    kind: Mapped[Kind]
    seq: Mapped[int] = mapped_column(BigInteger, unique=True)
    shown: Mapped[bool]
    changed_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(32))


class PublicRecordSet(Model):
    """The sets a record is in, or was in when it was last shown; ``seq`` is the record's."""

    __tablename__ = "public_record_sets"
    __table_args__ = (PrimaryKeyConstraint("listing_id", "name"), Index("ix_public_record_sets_name", "name", "seq"))

    listing_id: Mapped[UUID] = mapped_column(ForeignKey(PublicRecord.listing_id))
    name: Mapped[str] = mapped_column(String(70))
    seq: Mapped[int] = mapped_column(BigInteger)
