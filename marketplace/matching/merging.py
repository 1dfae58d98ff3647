"""What becomes of kept and dismissed matches when an organisation is merged: the one it became has the last word."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.matching.models import MatchVerdict
from marketplace.organizations import merging


def register() -> None:
    said = merging.meets(MatchVerdict.organization_id, MatchVerdict.need_id, MatchVerdict.achievement_id)
    merging.carries(_l("Kept and dismissed matches"), MatchVerdict.organization_id, apart=said)
