"""A job as its page and the API show it."""

from typing import Any

from marketplace.core.i18n import gettext, language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.imports import columns, queries
from marketplace.imports.models import ImportJob, State

STATES = {
    State.UPLOADED: _l("being checked"), State.TO_MAP: _l("columns to name"), State.CHECKED: _l("checked"), State.RUNNING: _l("being stored"),
    State.DONE: _l("stored"), State.FAILED: _l("could not be read"), State.CANCELLED: _l("cancelled"),
}  # fmt: skip
STAGES = {"reading": _l("Reading the file"), "checking": _l("Checking the rows"), "storing": _l("Storing the rows")}
FACTS = ("id", "kind", "publish", "state", "stage", "progress", "file_name", "sha256", "size_bytes", "form", "columns", "mapping", "counts", "failure", "created_at", "finished_at")


def field_label(name: str) -> str:
    """A field as people read it where they say what a column holds."""
    if name in columns.LABELS:
        return columns.label(name, language())
    words = {
        "title": gettext("Title (language by the text)"), "summary": gettext("Summary (language by the text)"), "description": gettext("Description (language by the text)"),
        "advantages": gettext("Advantages (language by the text)"), "requirement": gettext("Requirements (language by the text)"),
    }  # fmt: skip
    return words.get(name, name)


def as_json(job: ImportJob) -> dict[str, Any]:
    organization, fair = queries.place_of(job)
    found = {name: getattr(job, name) for name in FACTS}
    found |= {"organization": organization.slug, "fair": fair.slug if fair else None, "encoding": job.options["encoding"], "sheet": job.options.get("sheet")}
    if job.state is State.TO_MAP:
        found["proposed"] = columns.proposed(job.columns, job.kind)
    return found
