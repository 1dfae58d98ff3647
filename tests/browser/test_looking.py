"""What finds faults on pages finds them: a text without contrast also where many others are drawn nearly as it is."""

import pytest

from tests.browser.looking import axe

MANY = 9
FAINT = "color: #bbb"


@pytest.mark.parametrize(
    ("others", "faint"),
    [
        ("<p>clear</p>", f"<p style='{FAINT}'>faint</p>"),
        ("<p>clear</p>", "<div style='background: #555'><p>faint</p></div>"),
        ("<p>clear</p>", "<div style='opacity: .3'><p>faint</p></div>"),
        ("<p>clear</p>", f"<input aria-label='faint' value='x' style='{FAINT}'>"),
        (f"<button disabled style='{FAINT}'>clear</button>", f"<button style='{FAINT}'>faint</button>"),
        (f"<p style='{FAINT}'> </p>", f"<p style='{FAINT}'>faint</p>"),
        (f"<p style='{FAINT}; display: none'>hidden</p>", f"<p style='{FAINT}'>faint</p>"),
        (f"<p style='{FAINT}'><b style='color: #000'>clear</b></p>", f"<p style='{FAINT}'>faint</p>"),
    ],
)
def test_a_faint_text_is_found_among_many(browser, others, faint):
    page = browser.new_page()
    for last in ("", faint):
        page.goto("about:blank")
        page.set_content(f"<!doctype html><html lang='en'><title>x</title><body><main><h1>x</h1>{others * MANY}{last}</main>")
        assert len(axe(page)) == bool(last)
    page.close()
