"""One deal from need to total by clicks alone: each person's part, in the order in which it happens."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
VALUE_MINOR = 680_0000_00
TECHNOLOGY_MINOR = 420_0000_00
FIGURE = "[data-total-minor]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the people type, in the language of the story; ``suffix`` names the fields of that language."""

    suffix: str
    achievement: str
    achievement_text: str
    need: str
    need_text: str
    question: str
    note: str
    words: tuple[str, ...]


ENGLISH = Typed(
    suffix="English",
    achievement="Cascade sorption dryer for seaweed biomass",
    achievement_text="The cascade sorption dryer removes water from seaweed biomass at 45 °C and keeps alginate intact. " * 3,
    need="Gentle drying of seaweed biomass without loss of alginate",
    need_text="We dry seaweed biomass for alginate and lose a third of it to heat; a sorption dryer below 50 °C is wanted. " * 3,
    question="May we test forty kilograms of seaweed first?",
    note="With two weeks of training.",
    words=("Six million eight hundred thousand yuan", "陆佰捌拾万元整"),
)
CHINESE = Typed(
    suffix="Chinese",
    achievement="海藻生物质梯级吸附干燥装置",
    achievement_text="本装置在四十五摄氏度下对海藻生物质进行梯级吸附干燥，完整保留海藻酸盐，能耗比热风干燥低一半。" * 4,
    need="海藻生物质低温干燥且不损失海藻酸盐",
    need_text="我们干燥海藻生物质提取海藻酸盐，热风干燥损失三分之一，需要五十摄氏度以下的吸附干燥装置。" * 4,
    question="能否先试验四十公斤海藻？",
    note="含两周培训。",
    words=("Six million eight hundred thousand yuan", "陆佰捌拾万元整"),
)


def total(visitor: Visitor) -> tuple[int, int]:
    """(value in minor units, contracts) of the current fair, as a stranger finds them from the front page."""
    visitor.open()
    visitor.link("The total and its rule")
    figure = visitor.page.locator(FIGURE).first
    minor = int(figure.get_attribute("data-total-minor") or "")
    shown = re.sub(r"\D", "", figure.inner_text())
    assert shown == str(minor), "the page shows another amount than it states"
    row = visitor.page.get_by_role("row").filter(has=visitor.page.locator(".st-verified")).first
    return minor, int(row.get_by_role("cell").first.inner_text())


def agency_writes(visitor: Visitor, typed: Typed) -> None:
    """A draft with title and description, then what submitting asks for."""
    visitor.link("Offer an achievement")
    visitor.fill(f"Title in {typed.suffix}", typed.achievement)
    visitor.fill(f"Description in {typed.suffix}", typed.achievement_text)
    visitor.press("Save")
    visitor.told("Before you can submit it, this is asked:")
    visitor.link("Edit")
    visitor.fill(f"Summary in {typed.suffix}", typed.achievement_text[:90])
    visitor.fill(f"Advantages in {typed.suffix}", typed.achievement_text[:60])
    visitor.choose("Fields of technology", "23")
    visitor.choose("Maturity", "7")
    visitor.choose("Stage", "demo_available")
    visitor.choose("Intellectual property", "granted")
    visitor.tick(visitor.text("Technology licence") if typed is ENGLISH else "技术许可")
    visitor.choose("How it is priced", "negotiable")
    visitor.press("Save")
    submit(visitor)


def company_posts(visitor: Visitor, typed: Typed) -> None:
    visitor.link("Post a need")
    visitor.fill(f"Title in {typed.suffix}", typed.need)
    visitor.fill(f"Summary in {typed.suffix}", typed.need_text[:90])
    visitor.fill(f"Description in {typed.suffix}", typed.need_text)
    visitor.unfold("What must be met")
    visitor.fill(f"Requirements in {typed.suffix}", typed.need_text[:60])
    visitor.choose("Fields of technology", "23")
    visitor.choose("Maturity wanted, at least", "6")
    visitor.tick(visitor.text("Technology licence") if typed is ENGLISH else "技术许可")
    visitor.tick(visitor.text("The budget is not known"))
    visitor.tick(visitor.text("There is no deadline yet"))
    visitor.press("Save")
    submit(visitor)


def submit(visitor: Visitor) -> None:
    expect(visitor.page.get_by_text(visitor.text("Before you can submit it, this is asked:"))).to_have_count(0)
    visitor.link("Submit to a fair")
    visitor.page.get_by_role("main").get_by_role("combobox").first.select_option("frontier")
    visitor.press("Submit")
    visitor.told("Submitted. The fair's moderator decides; you get a mail.")


def moderator_publishes(visitor: Visitor, title: str) -> None:
    visitor.menu("Moderation")
    visitor.follow(title)
    visitor.press("Publish version %(n)s", n=visitor.page.locator("input[name=number]").first.input_value())
    expect(visitor.page.get_by_role("status").first).to_be_visible()


def company_asks(visitor: Visitor, typed: Typed) -> None:
    """The achievement stands among the matches with words and conditions; the question goes to its owner."""
    visitor.menu("My listings")
    visitor.follow(typed.need)
    visitor.link("Matches")
    match = visitor.page.get_by_role("article").filter(has_text=typed.achievement)
    expect(match).to_have_count(1)
    reasons = match.get_by_role("list", name=visitor.text("Shared words and their part of the score"))
    expect(reasons.get_by_role("listitem").first).to_be_visible()
    conditions = match.get_by_role("list", name=visitor.text("Conditions"))
    expect(conditions).to_contain_text(visitor.text("TRL %(level)s, asked for %(least)s", level=7, least=6))
    visitor.link("Ask to talk", within=match)
    visitor.choose("Cooperation wanted", "licence")
    visitor.fill("What do you want to know or do?", typed.question)
    visitor.press("Send")
    visitor.told("Your question was sent.")


def agency_answers(visitor: Visitor, typed: Typed) -> None:
    """From the tile of the day page to the thread: yes, and terms of 8 million."""
    visitor.open()
    visitor.link("Questions to answer")
    visitor.follow(typed.achievement)
    visitor.told(typed.question)
    visitor.press("Accept: let us talk")
    visitor.link("Offer terms")
    terms(visitor, "800", "500")
    visitor.fill("Note", typed.note)
    visitor.press("Put on the table")
    visitor.told("Round %(number)s is on the table. Read the amount back below.", number=1)


def terms(visitor: Visitor, amount: str, technology: str) -> None:
    """Amounts in 万 of yuan."""
    visitor.fill("Total amount", amount)
    visitor.choose("Unit", "wan")
    visitor.choose("Currency", "CNY")
    visitor.fill("Technology amount", technology)
    visitor.choose("Kind of deal", "licence")
    visitor.choose("Exclusivity", "non_exclusive")


def company_counters(visitor: Visitor, typed: Typed) -> None:
    visitor.open()
    visitor.link("Negotiations: your move")
    visitor.follow(typed.achievement)
    visitor.link("Counter")
    terms(visitor, "680", "420")
    visitor.press("Put on the table")
    visitor.told("Round %(number)s is on the table. Read the amount back below.", number=2)


def agency_agrees(visitor: Visitor, typed: Typed) -> None:
    visitor.menu("Negotiations")
    visitor.follow(typed.achievement)
    visitor.link("Agree to round %(number)s", number=2)
    visitor.told(typed.words[0] if visitor.language == "en" else typed.words[1])
    visitor.press("Agree to round %(number)s", number=2)
    visitor.told("Agreed. Either of you can hand the facts to the contract desk now.")


def company_hands_over(visitor: Visitor, typed: Typed) -> None:
    visitor.menu("Negotiations")
    visitor.follow(typed.achievement)
    visitor.press("Hand over to the contract desk")
    visitor.told("The facts are at the contract desk. The talks are done.")


def clerk_logs(visitor: Visitor, typed: Typed, folder: Path) -> None:
    """Typed as 680 万, read back in words, saved, with its evidence, signed."""
    visitor.menu("Contracts")
    row = visitor.page.get_by_role("row").filter(has_text=typed.achievement).first
    visitor.link("Log it", within=row)
    visitor.choose("Technology field", "new_energy")
    visitor.choose("Currency", "CNY")
    for label, amount in (("Total amount", "680"), ("of which technology amount", "420")):
        visitor.fill(label, amount)
        visitor.choose("Unit of %(what)s", "wan", what=visitor.text(label))
    visitor.fill("Date signed", datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat())
    visitor.page.get_by_role("main").get_by_role("checkbox", name=visitor.text("All parties agree to be named")).check()
    visitor.press("Read the amounts back")
    for words in typed.words:
        visitor.told(words)
    visitor.press("Yes, save as declared")
    evidence = folder / "signed-page.pdf"
    evidence.write_bytes(PDF)
    visitor.attach("Signed page", evidence)
    visitor.press("Attach")
    visitor.told("signed-page.pdf")
    visitor.press("Mark as signed")
    expect(visitor.page.locator("[aria-current=step]")).to_have_text(visitor.text("Signed"))


def verifier_verifies(visitor: Visitor, typed: Typed) -> None:
    visitor.link("Signed, to be verified")
    row = visitor.page.get_by_role("row").filter(has_text=typed.achievement).first
    row.get_by_role("link").first.click()
    visitor.look()
    visitor.press("Verify")
    expect(visitor.page.locator("[aria-current=step]")).to_have_text(visitor.text("Verified"))
    expect(visitor.page.get_by_role("button", name=visitor.text("Verify"), exact=True)).to_have_count(0)
