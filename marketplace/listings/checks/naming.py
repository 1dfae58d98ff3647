"""What names an organisation in a text: its names and their distinctive parts, abbreviations, domains, and its people."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.organizations.models import Membership, Organization

GENERIC = frozenset(
    """
    academy advanced agency applied association bank beijing berlin bureau center centre centrum china chinese city co college
    company consulting corp corporation corporate de department development digital energy engineering enterprise europe european
    federation for foundation general german gmbh green group guangdong hangzhou health holding holdings hospital inc incorporated
    industrial industries industry innovation innovations institut institute institution international key kg laboratory labs limited
    llc london ltd management materials medical national new nanjing network of office oy paris park partners plc power process
    research sa school science sciences scientific sas service services shanghai shenzhen smart software solutions spa state
    svc system systems tech technical technische technologies technology the trade trading transfer tsinghua und union universitat
    universite university ventures water west world wuhan y
    """.split()  # noqa: SIM905  (a list of strings would fill a page)
) - {"tsinghua"}
"""Words that many names share: alone they name nobody."""
_PLACES = (
    "北京", "上海", "天津", "重庆", "深圳", "广州", "杭州", "南京", "武汉", "成都", "西安", "苏州", "青岛", "大连", "厦门", "宁波", "合肥", "长沙", "济南",
    "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州",
    "云南", "陕西", "甘肃", "青海", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "台湾", "中国", "国家", "德国", "法国", "英国", "美国", "日本",
    "市", "省", "区", "县",
)  # fmt: skip
_KINDS = (
    "有限责任公司", "股份有限公司", "有限公司", "集团公司", "公司", "集团", "研究总院", "研究院", "研究所", "研究中心", "实验室", "学院", "大学", "科学院",
    "中心", "事务所", "协会", "联盟", "基金会", "办公室", "科技", "技术", "转移", "转让", "服务", "创新", "工程", "工业", "信息", "智能", "国际", "产业",
    "新能源", "能源", "环保", "环境", "材料", "电子", "机械", "设备", "生物", "医药", "医疗", "化工", "咨询", "投资", "发展", "贸易", "成果", "转化", "交易",
    "乳业", "食品", "农业", "制造", "软件", "网络", "数据", "应用", "先进", "高新", "工", "理", "股份", "控股", "实业", "系统",
)  # fmt: skip
PUBLIC_MAIL = frozenset(
    {"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "qq.com", "163.com", "126.com", "sina.com", "sohu.com", "foxmail.com", "aliyun.com", "gmx.de", "web.de"}
)
TITLES = r"(?=\s?(?:教授|博士|先生|女士|老师|院士|经理|主任|所长|研究员|工程师))"
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word or words that name somebody. ``exact``: only in these capitals; ``followed_by``: a pattern that must come after."""

    code: str
    text: str
    exact: bool = False
    followed_by: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a listing belongs to, as far as texts could tell."""

    names: tuple[str, ...]
    domains: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @property
    def tokens(self) -> tuple[Token, ...]:
        """The longest first, so that a whole name is one find."""
        found = {token.text: token for token in _tokens(self)}
        return tuple(sorted(found.values(), key=lambda token: -len(token.text)))


def _tokens(owner: Owner) -> Iterator[Token]:
    for name in owner.names:
        yield from _of_chinese(name) if _HAN.search(name) else _of_latin(name)
    for domain in owner.domains:
        yield Token("domain", domain)
        label = domain.split(".")[0]
        if len(label) >= 5 and not set(re.split("[-_]", label)) & GENERIC:
            yield Token("domain", label)
    for person in owner.people:
        if len(person) >= 4 or (len(person) == 3 and _HAN.search(person)):
            yield Token("person", person)
        elif len(person) == 2 and _HAN.search(person):
            yield Token("person", person, followed_by=TITLES)


def _of_latin(name: str) -> Iterator[Token]:
    """The name; its words without those that many share; its initials in capitals; what stands in brackets."""
    yield Token("name", name)
    words = [word for word in re.split(r"[^\w&]+", unicodedata.normalize("NFKC", name)) if word]
    own = [word for word in words if _plain(word) not in GENERIC]
    if own and len(own) < len(words) and len("".join(own)) >= 4:
        yield Token("name", " ".join(own))
    elif own and words.index(own[0]) == 0 and len(own[0]) >= 6:
        yield Token("name", own[0])
    initials = "".join(word[0] for word in words if word[0].isupper() and _plain(word) not in {"ltd", "gmbh", "inc", "co", "plc", "llc"})
    if len(initials) >= 3:
        yield Token("name", initials, exact=True)
    for word in words:
        if len(word) >= 3 and word.isupper() and len(words) > 1 and _plain(word) not in GENERIC:
            yield Token("name", word, exact=True)


def _of_chinese(name: str) -> Iterator[Token]:
    """The name; without its legal form; and what is left when places and kinds are taken off, when it is long enough to mean one."""
    yield Token("name", name)
    core = re.sub("[（(].*?[）)]", "", name)
    is_university = core.endswith("大学")
    while prefix := next((place for place in _PLACES if core.startswith(place)), None):
        core = core.removeprefix(prefix)
    while suffix := next((kind for kind in _KINDS if core.endswith(kind)), None):
        core = core.removesuffix(suffix)
        if len(core) >= 2 and suffix.endswith("公司"):
            yield Token("name", core)
    if len(core) >= (2 if is_university else 3):
        yield Token("name", core)


def _plain(word: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", word).casefold() if not unicodedata.combining(each))


def host_of(address: str | None) -> str | None:
    """``www.northgate.example/en`` or with a scheme: ``northgate.example``."""
    host = urlsplit(address if "//" in (address or "") else f"//{address}").hostname if address else None
    return host.removeprefix("www.") if host and "." in host else None


def domains(website: str | None, mails: Iterable[str]) -> tuple[str, ...]:
    """Those of the website and of the mails, without the mail houses that everybody uses."""
    found = [host_of(website), *(mail.rpartition("@")[2].lower() for mail in mails)]
    return tuple(dict.fromkeys(each for each in found if each and each not in PUBLIC_MAIL))


def owners_of(organization_ids: Iterable[UUID]) -> dict[UUID, Owner]:
    """By organisation, in two queries."""
    wanted = list(set(organization_ids))
    members: dict[UUID, list[tuple[str, str]]] = {}
    people = select(Membership.organization_id, Person.name, Person.email).join(Person, Person.id == Membership.person_id)
    for organization_id, name, email in db.session.execute(people.where(Membership.organization_id.in_(wanted), Membership.ended_at.is_(None))):
        members.setdefault(organization_id, []).append((name, email))
    rows = select(Organization.id, Organization.name_en, Organization.name_zh, Organization.website).where(Organization.id.in_(wanted))
    return {
        row.id: Owner(
            tuple(name for name in (row.name_en, row.name_zh) if name),
            domains(row.website, [email for _, email in members.get(row.id, [])]),
            tuple(name for name, _ in members.get(row.id, [])),
        )
        for row in db.session.execute(rows)
    }
