"""One person at a browser: signs in, follows links, fills in fields by their labels, presses buttons, in either language."""

import re
from pathlib import Path

from babel.support import Translations
from playwright.sync_api import Browser, Locator, Page, expect

from config import ROOT
from tests.browser.looking import Complaints, english, sideways

TRANSLATIONS = Translations.load(str(ROOT / "marketplace" / "translations"), ["zh"])


class Visitor:
    """``names`` is what is written alike in both languages."""

    def __init__(self, browser: Browser, url: str, *, language: str = "en", width: int = 1280, names: frozenset[str] = frozenset()):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US", base_url=url)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.language, self.names = language, names
        self.complaints = Complaints(self.page)
        self.left: list[str] = []
        self.wide: list[str] = []

    def text(self, english_text: str, **values: object) -> str:
        """The product's text in the language of this visitor."""
        text = english_text if self.language == "en" else TRANSLATIONS.gettext(english_text)
        return text % values if values else text

    def named(self, english_text: str, **values: object) -> re.Pattern[str]:
        """A label with or without the mark of a field that is optional, needed, or asked for later."""
        marks = "|".join(re.escape(self.text(mark)) for mark in ("optional", "needed", "to submit"))
        return re.compile(rf"^\s*{re.escape(self.text(english_text, **values))}(\s+({marks}))?\s*$")

    def open(self, path: str = "/") -> None:
        """Only to enter: from here on everything is reached by clicks."""
        self.page.goto(path)
        if self.language == "zh" and self.page.locator("html").get_attribute("lang") != "zh-Hans":
            self.page.get_by_role("link", name="中文").click()
        self.look()

    def look(self) -> None:
        """Notes what is wrong with the page as it stands."""
        self.page.wait_for_load_state()
        if (much := sideways(self.page)) > 0:
            self.wide.append(f"{self.page.url}: {much} px")
        if self.language == "zh":
            self.left += [f"{self.page.url}: {text}" for text in english(self.page, self.names)]

    def sign_in(self, role: str) -> None:
        self.open()
        self.page.get_by_role("banner").get_by_role("link", name=self.text("Sign in")).click()
        self.fill("Mail address", f"{role}@demo.example")
        self.fill("Password", f"demo-{role}-2020")
        self.page.get_by_role("main").get_by_role("button", name=self.text("Sign in"), exact=True).click()
        expect(self.page.locator("header .who")).to_be_visible()
        self.look()

    def menu(self, english_text: str) -> None:
        """A link of the navigation, which is behind a button on a phone."""
        button = self.page.locator("header details:not(.who-menu) summary")
        if button.is_visible():
            button.click()
        found = self.page.get_by_role("banner").get_by_role("link", name=self.text(english_text), exact=True)
        found.locator("visible=true").click()
        self.look()

    def link(self, english_text: str, *, within: Locator | None = None, **values: object) -> None:
        place = within or self.page.get_by_role("main")
        place.get_by_role("link", name=self.text(english_text, **values)).first.click()
        self.look()

    def follow(self, written: str) -> None:
        """A link whose text somebody typed."""
        self.page.get_by_role("main").get_by_role("link", name=written).first.click()
        self.look()

    def press(self, english_text: str, **values: object) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.text(english_text, **values), exact=True).click()
        self.look()

    def field(self, english_text: str, **values: object) -> Locator:
        return self.page.get_by_role("main").get_by_label(self.named(english_text, **values))

    def unfold(self, english_text: str) -> None:
        """Open a part of a form that is folded away."""
        self.page.get_by_role("main").locator("summary").filter(has_text=self.text(english_text)).first.click()

    def fill(self, english_text: str, value: str) -> None:
        self.field(english_text).fill(value)

    def choose(self, english_text: str, *codes: str, **values: object) -> None:
        """By the code of the choice, whose label the language decides."""
        self.field(english_text, **values).select_option(list(codes))

    def tick(self, label: str) -> None:
        """A box beside the given label, which is text of the product's vocabulary."""
        self.page.get_by_role("main").get_by_role("checkbox", name=label, exact=True).check()

    def attach(self, english_text: str, path: Path) -> None:
        self.field(english_text).set_input_files(path)

    def told(self, english_text: str, **values: object) -> None:
        """The page says this, perhaps among other things."""
        expect(self.page.get_by_role("main")).to_contain_text(self.text(english_text, **values))

    def leave(self) -> None:
        self.context.close()
