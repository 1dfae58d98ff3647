"""What stages, sides and possible steps of a negotiation are called in the reader's language."""

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.negotiations.models import Reveal, Stage

STAGE_LABELS = {
    Stage.INTEREST: _l("Interest"),
    Stage.TALKING: _l("Talking"),
    Stage.NDA: _l("Secrecy agreed"),
    Stage.EVALUATION: _l("Evaluation"),
    Stage.TERMS_PROPOSED: _l("Terms proposed"),
    Stage.COUNTERED: _l("Terms countered"),
    Stage.TERMS_AGREED: _l("Terms agreed"),
    Stage.APPROVAL: _l("Approval"),
    Stage.READY_TO_SIGN: _l("Ready to sign"),
    Stage.SIGNED: _l("Signed"),
    Stage.PAUSED: _l("Paused"),
    Stage.DECLINED: _l("Declined"),
    Stage.WITHDRAWN: _l("Withdrawn"),
    Stage.LOST: _l("Ended without a deal"),
}
STAGE_CHIPS = {
    Stage.INTEREST: "draft", Stage.TALKING: "submitted", Stage.NDA: "submitted", Stage.EVALUATION: "submitted", Stage.TERMS_PROPOSED: "submitted",
    Stage.COUNTERED: "submitted", Stage.TERMS_AGREED: "published", Stage.APPROVAL: "published", Stage.READY_TO_SIGN: "published",
    Stage.SIGNED: "signed", Stage.PAUSED: "sent_back", Stage.DECLINED: "void", Stage.WITHDRAWN: "withdrawn", Stage.LOST: "void",
}  # fmt: skip
SIDE_LABELS = {
    "provider": _l("the provider"), "recipient": _l("the recipient"), "either": _l("either side"), "desk": _l("the contract desk"),
    "nobody": _l("nobody"),
}  # fmt: skip
REVEAL_LABELS = {
    Reveal.NOW: _l("Show our name now"),
    Reveal.ON_ACCEPTANCE: _l("Show our name only when they accept"),
}
WAITING_LABELS = {"stalled": _l("Stalled"), "late": _l("Beyond their day")}
