"""What was typed, taken apart."""

import pytest

from marketplace.search.asking import MOST_UNITS, units


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("process steam", ["process", "steam"]),
        ("heat pump steam", ["heat pump = 热泵", "steam"]),
        ("热泵系统", ["热泵 = heat pump", "系统"]),
        ("the heat pumps", ["heat pumps = 热泵"]),
        ('"heat pump" steam', ["“heat pump”", "steam"]),
        ("“heat  pump„ 「激光焊接」", ["“heat pump”", "“激光焊接”"]),
        ('"steam', ["steam"]),
        ('steam "pump" "', ["steam", "pump"]),
        ("steam STEAM steams", ["steam"]),
        ('" " «» "the"', []),
        ("* ? ~ ( AND )", []),
        ("\u202e\u200fsteam\u202c", ["steam"]),
    ],
)
def test_a_text_is_phrases_terms_and_words(text: str, parts: list[str]) -> None:
    assert [" = ".join([unit.shown, *(form.text for form in unit.forms)]) for unit in units(text)] == parts


def test_forms_of_one_language_stand_for_each_other() -> None:
    [battery] = units("Li-ion batteries")
    assert {"lithium-ion battery", "锂离子电池"} <= {form.text for form in battery.forms}


def test_a_long_text_is_asked_for_in_part() -> None:
    assert len(units(" ".join(f"w{number}" for number in range(300)))) == MOST_UNITS
