"""What was published about the fair of 2020, figure by figure, each with the scope it was counted in and its source."""

from typing import Any

from marketplace.demo.contracts import FIRST_ORDER_MINOR, HIGH_TECH_MINOR, TOTAL_MINOR

FORUM = ("ZGC Forum 2020, as published on 25 September 2020", "2020中关村论坛，2020年9月25日发布")
EXPO = ("Beijing Daily, 21 September 2020, incomplete statistics of the Expo", "《北京日报》2020年9月21日，科博会不完全统计")
PRESS = ("ZGC Forum website, 25 September 2020", "中关村论坛网站，2020年9月25日")

_TRADE = ("Technology trading section, online and offline", "技术交易板块，线上线下合计")
_WHOLE = ("The whole forum", "论坛整体")
_ROADSHOW = ("Roadshow and negotiation", "项目路演与洽谈")
_SHOW = ("Display of the trading section", "技术交易展示")
_SIGNED = ("Expo: technology trading and industrial cooperation", "科博会：技术交易与产业合作")
_RELEASED = ("Release section", "成果发布板块")

_ROWS = (
    ("offered", "Achievements gathered", "征集技术成果", "more than 7,000", "7000余项", _TRADE, FORUM),
    ("offered", "Technology needs", "技术需求", "more than 600", "600余项", _TRADE, FORUM),
    ("offered", "Transfer and service agencies", "技术转移与服务机构", "more than 300", "300余家", _TRADE, FORUM),
    ("offered", "International projects", "国际项目", "more than 2,100, nearly half of all", "2100余项，占近半数", _TRADE, FORUM),
    ("deals", "Projects signed", "签约项目", "42", "42个", _SIGNED, EXPO),
    ("deals", "Their total", "签约总额", "17.848 billion yuan", "178.48亿元", _SIGNED, EXPO),
    ("deals", "High-tech among them, share of projects", "其中高技术项目占项目数", "83.3 %", "83.3%", _SIGNED, EXPO),
    ("deals", "High-tech among them, value", "其中高技术项目金额", "17.51865 billion yuan", "175.1865亿元", _SIGNED, EXPO),
    ("deals", "High-tech among them, share of value", "其中高技术项目占金额", "98.2 %", "98.2%", _SIGNED, EXPO),
    ("deals", "Science and technology cooperation projects signed", "签约科技合作项目", "20, for 16.3 billion yuan", "20个，163亿元",
     ("Forum; not said how far it overlaps with the Expo, so never added", "论坛；未说明与科博会是否重叠，不得相加"), PRESS),
    ("deals", "First order", "首单", "120 million yuan", "1.2亿元", _TRADE, FORUM),
    ("deals", "Heavyweight contracted projects", "重点签约项目", "16", "16个", _TRADE, FORUM),
    ("deals", "Selected projects", "精选项目", "15", "15个", _TRADE, FORUM),
    ("people", "Guests", "嘉宾", "more than 2,600", "2600余名", _WHOLE, FORUM),
    ("people", "Foreign guests", "外籍嘉宾", "more than 1,300", "1300余名", _WHOLE, FORUM),
    ("people", "Countries of the guests", "嘉宾来自国家", "40", "40个", _WHOLE, FORUM),
    ("people", "Experts", "专家学者", "more than 200", "200余名", _WHOLE, FORUM),
    ("people", "Entrepreneurs and investors", "企业家与投资人", "more than 400", "400余名", _WHOLE, FORUM),
    ("people", "Officials and envoys", "政府官员与使节", "more than 150", "150余名", _WHOLE, FORUM),
    ("people", "Foreign guests", "外籍嘉宾", "more than 1,000, from more than 30 countries", "来自30余个国家的1000余名", _ROADSHOW, FORUM),
    ("programme", "Opening conference", "开幕大会", "1", "1场", _WHOLE, FORUM),
    ("programme", "Parallel forums", "平行论坛", "21", "21场", _WHOLE, FORUM),
    ("programme", "Vanguard forums", "前沿论坛", "3", "3场", _WHOLE, FORUM),
    ("programme", "International Technology Trading Union", "国际技术交易联盟", "founded", "成立", _TRADE, FORUM),
    ("display", "Display segments", "展示板块", "6", "6个", _SHOW, FORUM),
    ("display", "Exhibits", "展品", "82", "82件", _SHOW, FORUM),
    ("display", "Exhibiting institutions", "参展机构", "78", "78家", _SHOW, FORUM),
    ("display", "Countries of the exhibits", "展品来自国家", "10", "10个", _SHOW, FORUM),
    ("display", "International organisations", "国际组织", "12", "12个", ("Expo", "科博会"), FORUM),
    ("display", "Countries and regions", "国家和地区", "11", "11个", ("Expo", "科博会"), FORUM),
    ("display", "Provinces and municipalities", "省区市", "more than 20", "20余个", ("Expo", "科博会"), FORUM),
    ("released", "First ranking list of leading technologies in industrial innovation", "首份产业创新领先技术榜单", "top 100", "百强", _RELEASED, FORUM),
    ("released", "Achievements and policies", "成果与政策", "8", "8项", _RELEASED, FORUM),
    ("released", "Reports", "报告", "5", "5份", _RELEASED, FORUM),
    ("released", "Platforms", "平台", "6", "6个", _RELEASED, FORUM),
    ("audience", "Live audience", "直播观看", "128 million person-times", "1.28亿人次", _WHOLE, FORUM),
    ("audience", "Readings", "阅读量", "more than 1 billion person-times", "超10亿人次", _WHOLE, FORUM),
)  # fmt: skip
_COMPARED = {
    "Projects signed": ("count", 42),
    "Their total": ("total", TOTAL_MINOR),
    "High-tech among them, share of projects": ("high_tech_count_share", 833),
    "High-tech among them, value": ("high_tech_total", HIGH_TECH_MINOR),
    "High-tech among them, share of value": ("high_tech_total_share", 982),
    "First order": ("first", FIRST_ORDER_MINOR),
}
"""What our ledger counts in the same scope: the measure, and the exact number as published."""


def _figure(row: tuple[Any, ...]) -> dict[str, Any]:
    section, label_en, label_zh, value_en, value_zh, scope, source = row
    measure, published = _COMPARED.get(label_en, (None, None))
    return {
        "section": section, "label_en": label_en, "label_zh": label_zh, "value_en": value_en, "value_zh": value_zh,
        "scope_en": scope[0], "scope_zh": scope[1], "source_en": source[0], "source_zh": source[1],
        "measure": measure, "published": published, "ledger_scope": "expo" if measure else None,
    }  # fmt: skip


FIGURES = tuple(_figure(row) for row in _ROWS)
"""Rows for `reports.record.publish`, in the order in which the page shows them."""
