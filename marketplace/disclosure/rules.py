"""When an agreement is in force, what it opens, and its text: without database or clock."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.disclosure.models import Agreement, State, Template
from marketplace.negotiations.models import PARTNERS

TALKING = tuple(PARTNERS)
"""The interest was accepted, and the talks are not lost: also while they are paused, and once the deal is signed."""
LEAST, MOST_YEARS = timedelta(days=1), 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A side by the names and the country that it is registered with."""

    name_en: str
    name_zh: str
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the text of an agreement is made of. ``about`` are reference, English and Chinese title of the thread's listings."""

    template: Template
    provider: Party
    recipient: Party
    about: tuple[tuple[str, str, str], ...]
    reference: str
    ends_on: date
    special_terms: str | None


def last_day(today: date) -> date:
    """Ten years on; of 29 February the last day of that February."""
    try:
        return today.replace(year=today.year + MOST_YEARS)
    except ValueError:
        return today.replace(year=today.year + MOST_YEARS, day=28)


def ends_at(ends_on: date, time_zone: str) -> datetime:
    """The first moment after the last day, at the fair's place."""
    following = ends_on + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(time_zone))


def standing(agreement: Agreement, at: datetime) -> State:
    """The state at a moment: what has run out is ended, and a proposal whose last day is over withdrawn, though nobody wrote it down."""
    if agreement.ends_at <= at:
        return {State.IN_FORCE: State.ENDED, State.PROPOSED: State.WITHDRAWN}.get(agreement.state, agreement.state)
    return agreement.state


def opens(agreement: Agreement, owner_id: UUID) -> bool:
    """Whether it keeps the secrets of this side, so that this side's listings are opened by it."""
    if agreement.template is Template.MUTUAL:
        return True
    return owner_id == (agreement.provider_id if agreement.template is Template.PROVIDER else agreement.recipient_id)


def content_hash(text_en: str, text_zh: str) -> str:
    """SHA-256 over both texts."""
    return hashlib.sha256(f"{text_en}\x00{text_zh}".encode()).hexdigest()


def texts(terms: Terms) -> tuple[str, str]:
    """The agreement in English and in Chinese, paragraphs separated by an empty line."""
    return _english(terms), _chinese(terms)


def _english(terms: Terms) -> str:
    provider, recipient = (f"{party.name_en} ({party.country})" for party in (terms.provider, terms.recipient))
    about = "; ".join(f"{reference} “{title}”" for reference, title, _ in terms.about)
    who = {
        Template.MUTUAL: "Each side may disclose confidential information to the other; the side that receives it is the Receiving Side.",
        Template.PROVIDER: "The Provider may disclose confidential information to the Recipient, who is the Receiving Side.",
        Template.RECIPIENT: "The Recipient may disclose confidential information to the Provider, who is the Receiving Side.",
    }[terms.template]
    parts = [
        f"{'Mutual' if terms.template is Template.MUTUAL else 'One-way'} agreement of secrecy",
        f"1. Parties. {provider}, “the Provider”, and {recipient}, “the Recipient”.",
        f"2. Purpose. To examine whether and on what terms to work together about {about} (negotiation {terms.reference}), and nothing else.",
        f"3. Who discloses. {who}",
        "4. What is confidential. Whatever a side opens to the other in this marketplace beyond what registered visitors read, and whatever is given "
        "for the purpose and marked as confidential, in any form. Not confidential is what is public without a breach, what the Receiving Side "
        "provably knew before or developed by itself, and what it lawfully got from others without a duty of secrecy.",
        "5. Duties. The Receiving Side uses confidential information for the purpose only, gives it to nobody but its own people and advisers "
        "who need it and are bound likewise, protects it as it protects its own, and files no right on it. Each reading in this marketplace is "
        "written down for the side that discloses, and files bear the name of who opened them.",
        "6. What the law demands. What a court or an authority lawfully orders to be disclosed may be, to that extent; the other side is told "
        "before, where that is allowed.",
        "7. No licence. Nothing here transfers or licenses a right, or obliges anybody to conclude a contract.",
        f"8. Duration. From the moment at which both sides confirmed until the end of {terms.ends_on.isoformat()}. Either side may end it earlier for the future; "
        "access closes at once. What was disclosed until then stays secret for three years after the end.",
        "9. Return. At the end the Receiving Side deletes confidential information, on request with a written confirmation, except for copies that "
        "the law obliges it to keep.",
    ]
    if terms.special_terms:
        parts.append(f"10. Special terms. {terms.special_terms}")
    parts.append("Both language versions say the same; where they differ, the sides read them together in good faith.")
    return "\n\n".join(parts)


def _chinese(terms: Terms) -> str:
    provider, recipient = (f"{party.name_zh}（{party.country}）" for party in (terms.provider, terms.recipient))
    about = "；".join(f"{reference}“{title}”" for reference, _, title in terms.about)
    who = {
        Template.MUTUAL: "任何一方均可向对方披露保密信息，接收信息的一方为“信息接收方”。",
        Template.PROVIDER: "技术提供方可向技术接受方披露保密信息，技术接受方为“信息接收方”。",
        Template.RECIPIENT: "技术接受方可向技术提供方披露保密信息，技术提供方为“信息接收方”。",
    }[terms.template]
    parts = [
        f"{'双向' if terms.template is Template.MUTUAL else '单向'}保密协议",
        f"一、当事人。{provider}（“技术提供方”）与{recipient}（“技术接受方”）。",
        f"二、目的。仅为研究是否以及以何种条件就{about}（洽谈 {terms.reference}）开展合作。",
        f"三、披露方。{who}",
        "四、保密信息。一方在本平台向对方开放的、超出注册访客可读范围的内容，以及为上述目的提供并标明保密的任何形式的信息。"
        "非因违约而公开的信息、信息接收方可证明其事先知悉或独立开发的信息，以及从第三方合法取得且不负保密义务的信息，不属于保密信息。",
        "五、义务。信息接收方仅为上述目的使用保密信息，只向确有需要且负有同等义务的本方人员和顾问提供，以保护自身秘密的同等谨慎加以保护，"
        "且不得就其申请任何权利。在本平台的每次阅读均为披露方留有记录，文件上标有打开者的姓名。",
        "六、法定披露。法院或主管机关依法要求披露的，可在该范围内披露；在允许的情况下应事先告知对方。",
        "七、不构成许可。本协议不转让或许可任何权利，也不使任何人负有订立合同的义务。",
        f"八、期限。自双方均确认之时起，至{terms.ends_on.year}年{terms.ends_on.month}月{terms.ends_on.day}日终了。任何一方均可提前终止，仅对将来生效，访问即时关闭。"
        "此前披露的信息在终止后三年内仍须保密。",
        "九、返还。期满或终止时，信息接收方删除保密信息，并应要求书面确认；法律规定必须留存的副本除外。",
    ]
    if terms.special_terms:
        parts.append(f"十、特别约定。{terms.special_terms}")
    parts.append("两种语言文本含义相同；如有出入，双方应本着诚信原则一并解释。")
    return "\n\n".join(parts)
