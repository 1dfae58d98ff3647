"""Pages on which owners put up files of a listing, name and order them, and take them away."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, g, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.listings import audiences, drafting, events, queries
from marketplace.listings.attachments import files
from marketplace.listings.attachments.receiving import received_first
from marketplace.listings.levels import Level
from marketplace.listings.life.life_schemas import ArrangeIn, TitledIn
from marketplace.listings.wording import AUDIENCES


def _page(listing_id: UUID, *, adding: Form | None = None, arranging: Form | None = None) -> Any:
    actor = current_actor()
    rows = files.shown(files.rows_of(drafting.own(listing_id, by=actor)))
    given = [{"file": str(file.id), "title": row["title"], "level": row["level"], "place": number} for number, (row, file) in enumerate(rows, 1)]
    adding, arranging = adding or Form(TitledIn), arranging or Form(ArrangeIn, files=given)
    page = render_template(
        "listings/files.html", listing=queries.own_one(listing_id, by=actor), rows=rows, adding=adding, arranging=arranging, most=files.MOST,
        levels=[(level.value, label) for level, label in AUDIENCES.items()], file_address=events.file_address,
        megabytes=sum(file.size_bytes for _, file in rows) / 1024**2, most_megabytes=files.MOST_BYTES // 1024**2,
    )  # fmt: skip
    return page, max(adding.status, arranging.status)


def shown_files(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Pictures to look at on the page, (row, file, small address, address), and others to open, (row, file, address). One query."""
    looked_at, opened = [], []
    for row, file in files.shown(rows):
        small, address = events.file_address(file.id, small=True), events.file_address(file.id)
        if file.media_type != files.PDF and row["level"] not in audiences.UPPER:
            looked_at.append((row, file, small, address))
        else:
            opened.append((row, file, address))
    return looked_at, opened


@received_first
@writes("listings.write")
def upload(listing_id: UUID) -> Any:
    """The files of an own listing, and a form for one more."""
    form = Form(TitledIn)
    if request.method != "POST":
        return _page(listing_id)
    valid = form.submitted()
    if g.not_received is not None:
        form.refused(g.not_received)
    elif valid:
        try:
            files.add(listing_id, g.received, title=form.data["title"], level=Level(form.data["level"]), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The file is added. Submit the listing to show it."))
            return redirect(url_for("listings.upload", listing_id=listing_id), 303)
    return _page(listing_id, adding=form)


@writes("listings.write")
def arrange(listing_id: UUID) -> Any:
    """Titles, levels and order, all at once."""
    form = Form(ArrangeIn)
    if form.submitted():
        rows = sorted(form.data["files"], key=lambda row: row["place"])
        try:
            files.arrange(listing_id, rows, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Saved."))
            return redirect(url_for("listings.upload", listing_id=listing_id), 303)
    return _page(listing_id, arranging=form)


@writes("listings.write")
def remove(listing_id: UUID, file_id: UUID) -> Any:
    files.remove(listing_id, file_id, by=current_actor())
    say(gettext("The file is taken away. Versions that were handed in keep it."))
    return redirect(url_for("listings.upload", listing_id=listing_id), 303)


def attach(bp: Blueprint) -> None:
    """Put the pages onto the blueprint of listings."""
    bp.route("/listings/<uuid:listing_id>/files", methods=["GET", "POST"])(upload)
    bp.post("/listings/<uuid:listing_id>/files/arrange", endpoint="arrange_files")(arrange)
    bp.post("/listings/<uuid:listing_id>/files/<uuid:file_id>/remove", endpoint="remove_file")(remove)
