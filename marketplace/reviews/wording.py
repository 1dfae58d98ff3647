"""How fields, severities and verdicts are called in front of people."""

from typing import Any

from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.checks.findings import Severity
from marketplace.listings.rules import label_of
from marketplace.reviews.models import GENERAL, Verdict

SEVERITIES: dict[Severity, Any] = {Severity.BLOCKER: _l("blocker"), Severity.MAJOR: _l("major"), Severity.MINOR: _l("minor")}
VERDICTS: dict[Verdict, Any] = {Verdict.PUBLISHED: _l("published"), Verdict.SENT_BACK: _l("sent back"), Verdict.UNDONE: _l("decision taken back")}


def field_label(field: str) -> str:
    """What a column is called, or that the whole listing is meant."""
    return str(gettext("All of it")) if field == GENERAL else label_of(field)


def severity_label(severity: Severity) -> str:
    return str(SEVERITIES[severity])
