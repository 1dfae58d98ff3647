"""Who reads which part of a listing, in words: for its owner, and where a reader may not."""

from collections.abc import Mapping

from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.levels import Level

AUDIENCES = {
    Level.PUBLIC: _l("Everybody"), Level.REGISTERED: _l("Registered visitors"), Level.AFTER_INTEREST: _l("Whose interest you accepted"),
    Level.AFTER_NDA: _l("Who agreed to secrecy"), Level.NEVER: _l("Nobody but you"),
}  # fmt: skip
"""Who reads a part, in its owner's words."""
MEANINGS = {
    Level.PUBLIC: _l("Anybody, also without signing in; search engines and portals take it up."),
    Level.REGISTERED: _l("Whoever is signed in. Moderators read it too."),
    Level.AFTER_INTEREST: _l("Organisations whose interest in this listing you accepted, until the talks end."),
    Level.AFTER_NDA: _l("Of those, the ones under an agreement of secrecy that is in force. Each reading is logged for you."),
    Level.NEVER: _l("Your own organisation. For a budget or price you only want to keep at hand."),
}
TOLD = {
    Level.REGISTERED: _l("told to registered visitors"), Level.AFTER_INTEREST: _l("told once the owner accepts your interest"),
    Level.AFTER_NDA: _l("told under an agreement of secrecy"), Level.NEVER: _l("not told"),
}  # fmt: skip
"""What stands where a reader may not read a part."""


def groups() -> Mapping[str, str]:
    """What a group of columns with a level of its own is called."""
    return {
        "description": gettext("Description"), "advantages": gettext("Advantages"), "requirement": gettext("Requirements"),
        "cost_comparison": gettext("Cost compared"), "partner_role": gettext("Role of the partner"), "price": gettext("Price or budget"),
        "parameters": gettext("Measurable parameters"), "ip_rights": gettext("Rights"), "source": gettext("Source"), "video": gettext("Video"),
    }  # fmt: skip
