"""Number formats: a number as the program shows it."""

import pytest

from rag.parsing.tables.numbers import BUILT_IN, writer


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.19, "0%", "19%"),
        (0.07000000000000001, "0%", "7%"),
        (0.125, "0.0 %", "12.5 %"),
        (427, "00000", "00427"),
        (1249.5, '#,##0.00 "€"', "1,249.50 €"),
        (1249.5, "#,##0.00 [$EUR]", "1,249.50 EUR"),
        (-1249.5, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$(1,249.50)"),
        (0, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$-"),
        (45730, "dd.mm.yyyy", "2025-03-14"),
        (45730.5, "yyyy-mm-dd hh:mm", "2025-03-14 12:00:00"),
        (0.3125, "h:mm", "07:30"),
        (1.260416666666667, "[h]:mm", "30:15"),
        (-0.25, "[h]:mm", "-6:00"),
        (0.5, "[m]", "720"),
        (90 / 86400, "[s]", "90"),
        (1.5, "# ?/?", "1 1/2"),
        (12345678, "0.00E+00", "1.23E+07"),
        (1234567, '#,##0,"k"', "1,235k"),
        (1234567890, "000-000-0000", "123-456-7890"),
        (5, "[Red]0;[Blue]-0", "5"),
        (-5, "[Red]0;[Blue]-0", "-5"),
        (5, 'General "pcs"', "5 pcs"),
        (5, '0 "days"', "5 days"),
        (3.14159, "0.##", "3.14"),
        (3, "0.##", "3"),
        (0.5, ".00", ".50"),
        (2.5, "General", "2.5"),
        (1e20, "0.00", "1e+20"),
        (60, "yyyy-mm-dd", "1900-02-28"),
        (5, '"closed"', "closed"),
    ],
)
def test_a_number_is_written_as_it_is_seen(value: float, code: str, text: str) -> None:
    assert writer(code)(float(value)) == text


def test_days_count_from_1904_where_a_workbook_says_so() -> None:
    assert writer("yyyy-mm-dd", since_1904=True)(0.0) == "1904-01-01"


@pytest.mark.parametrize("value", [0.0, -1.5, 1e9, 1e300])
def test_any_format_writes_something_or_nothing_without_failing(value: float) -> None:
    for code in [*BUILT_IN.values(), "", ";;;", "[", '"', "\\", "0" * 300, "?/0"]:
        assert isinstance(writer(code)(value), str), code
