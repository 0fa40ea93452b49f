"""What of a web page is read: what its readers see, without what the site puts around it."""

from collections.abc import Callable

import pytest

from rag.types import Block

BlocksOf = Callable[[str, bytes], list[Block]]
TextsOf = Callable[[str, bytes], list[str]]


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>old</p>",
        "<p aria-hidden='true'>old</p>",
        "<p style='visibility: hidden'>old</p>",
        "<p style='color:red;DISPLAY : none'>old</p>",
        "<p style='opacity:0'>old</p>",
        "<p style='position:absolute;left:-9999px'>old</p>",
        "<dialog><p>old</p></dialog>",
        "<template><p>old</p></template>",
        "<p class='gone'>old</p>",
        "<p class='x gone'>old</p>",
        "<p id='away'>old</p>",
        "<div class='card'><span><b class='deep'>old</b></span></div>",
        "<p class='layered'>old</p>",
        "<table><tr><td>new<td>x</tr><tr hidden><td>old<td>y</table>",
        "<table><tr><td>new<td hidden>old<td>x</table>",
    ],
)
def test_what_a_page_hides_is_not_read(texts_of: TextsOf, hidden: str) -> None:
    page = f"""<head><style>/* .kept {{display:none}} */
        .gone, #away {{ color: red; display: none }}
        .card .deep {{ visibility: hidden }} @media screen {{ .layered {{ display:none }} }}
        @media print {{ .kept {{ display: none }} }} .kept:hover {{ display: none }}
        .shown {{ display: none }} .shown.open {{ display: block }} .bad[ {{ display: none }}
        </style></head><body><p class=kept>new</p>{hidden}<p class='shown open'>end</p>"""
    said = " ".join(texts_of("a.html", page.encode()))
    assert "old" not in said
    assert said.startswith("new")
    assert said.endswith("end")


def test_what_can_be_opened_is_read(texts_of: TextsOf) -> None:
    page = b"""<details><summary>More</summary><p>inside</p></details><dialog open>asked</dialog>
        <p hidden=until-found>found</p>"""
    assert texts_of("a.html", page) == ["More", "inside", "asked", "found"]


def test_head_foot_menu_and_notices_of_a_site_are_left_out(texts_of: TextsOf) -> None:
    page = b"""<body><header><a href=/>Home</a></header><div role=navigation>Menu</div>
        <div id=cookie-banner role=dialog>We use cookies <button>Accept</button></div>
        <div class="breadcrumbs">You are here</div><aside>Popular</aside>
        <main><header><h1>Leave</h1></header><aside>Note</aside><p>30 days</p>
        <footer>By Ann</footer></main><div class="site-footer">Terms</div>
        <footer>Imprint</footer>"""
    assert texts_of("a.html", page) == ["Leave", "Note", "30 days", "By Ann"]


@pytest.mark.parametrize(
    ("page", "texts"),
    [
        ("<header><h1>All</h1><p>in the head</p></header>", ["All", "in the head"]),
        ("<nav><a href=/>Home</a></nav>", ["Home"]),
        ("<body style='display:none'><p>later</p></body>", ["later"]),
        ("<style>body div{display:none}</style><body><div>by a script</div>", ["by a script"]),
        ("<footer>the foot</footer>", ["the foot"]),
        ("<div class=sidebar>beside nothing</div>", ["beside nothing"]),
        ("<article class=cookies><p>Cookie dough</p></article>", ["Cookie dough"]),
        (
            "<div class=consent><main><p>Consent of patients</p></main></div>",
            ["Consent of patients"],
        ),
    ],
)
def test_a_page_that_is_all_content_loses_nothing(
    texts_of: TextsOf, page: str, texts: list[str]
) -> None:
    assert texts_of("a.html", page.encode()) == texts


def test_a_long_text_about_cookies_is_no_notice(texts_of: TextsOf) -> None:
    page = f"<div class=cookie-policy><p>{'We set a cookie for each session. ' * 100}</p></div><p>b"
    assert len(texts_of("a.html", page.encode())) == 2


def test_links_say_where_they_lead(blocks_of: BlocksOf) -> None:
    page = b"""<head><base href="https://x.org/hr/"></head><p>See <a href="https://y.org/HR-12">the
        form</a>, <a href="leave.pdf">rules</a>, <a href="mailto:hr@x.org?subject=a">us</a>,
        <a href="https://z.org/">z.org</a>, <a href="#top">top</a>, <a href="/home">home</a>,
        <a href="javascript:x()">more</a>.</p><h2><a href="https://x.org">News</a></h2>
        <a href="https://x.org/card"><p>a card</p></a>"""
    assert [block.text for block in blocks_of("a.html", page)] == [
        (
            "See the form (https://y.org/HR-12), rules (https://x.org/hr/leave.pdf), "
            "us (hr@x.org), z.org, top, home, more."
        ),
        "News",
        "a card",
    ]


def test_items_have_the_numbers_that_browsers_show(texts_of: TextsOf) -> None:
    page = b"""<ol start=3><li>c</li><li><p>d</p><ol type=a><li>x<li>y</ol></li><li value=9>i</ol>
        <ol reversed><li>two<li>one</ol><ol type=I start=4><li>iv</ol>
        <ol style="list-style-type: lower-roman"><li>i</ol>
        <ol style="list-style:none"><li>bare</ol><ol start=27 type=A><li>aa</ol>
        <ol start=-1><li>minus</ol><ol start=x><li>one</ol><li>loose"""
    assert texts_of("a.html", page) == [
        *("3. c", "4. d", "a. x", "b. y", "9. i", "2. two", "1. one", "IV. iv", "i. i", "bare"),
        *("AA. aa", "-1. minus", "1. one", "- loose"),
    ]


def test_terms_stand_before_their_definitions(texts_of: TextsOf) -> None:
    page = b"""<dl><dt>Ebb<dd>falling tide<dt>Flood</dt><dd><p>rising tide</p></dd>
        <dt>Neap</dt></dl>"""
    assert texts_of("a.html", page) == ["Ebb: falling tide", "Flood: rising tide", "Neap"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>です", "漢字(かんじ)です"),
        ("10<sup>-6</sup> m<sup>2</sup>, 1<sup>st</sup>", "10⁻⁶ m², 1st"),
        ("text<sup><a href='#n3'>3</a></sup>.", "text [3]."),
        ("<math alttext='x^2'><mi>x</mi></math>", "x^2"),
        (
            (
                "<math><semantics><mi>e</mi><annotation encoding='application/x-tex'>e^{x}"
                "</annotation></semantics></math>"
            ),
            "e^{x}",
        ),
        (
            (
                "<math><mi>x</mi><mo>=</mo><mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow>"
                "</mfrac><msqrt><mi>c</mi></msqrt><msubsup><mi>d</mi><mn>1</mn><mn>2</mn></msubsup>"
                "</math>"
            ),
            "x = a/(b + 1) √c d_1^2",
        ),
        ("<math><mroot><mi>x</mi><mn>3</mn></mroot></math>", "3√x"),
        (
            "<math><mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable></math>",
            "1, 2;",
        ),
    ],
)
def test_what_stands_above_and_below_the_line_is_read(
    texts_of: TextsOf, markup: str, text: str
) -> None:
    assert texts_of("a.html", f"<meta charset=utf-8><p>{markup}</p>".encode()) == [text]


def test_a_formula_without_end_is_read_without_structure(texts_of: TextsOf) -> None:
    page = b"<p><math>" + b"<mrow>" * 500 + b"x" + b"</mrow>" * 500 + b"</math></p>"
    assert texts_of("a.html", page) == ["x"]


def test_several_rows_of_names_become_one(blocks_of: BlocksOf) -> None:
    page = b"""<table><thead><tr><th rowspan=2>Name<th colspan=2>2024<tr><th>Q1<th>Q2</thead>
        <tr><td>Ann<td>1<td>2</table>"""
    (row,) = blocks_of("a.html", page)
    assert row.header == ("Name", "2024 / Q1", "2024 / Q2")
    assert row.cells == ("Ann", "1", "2")


def test_numbers_name_columns_where_the_page_says_so(blocks_of: BlocksOf) -> None:
    (row,) = blocks_of("a.html", b"<table><tr><th>2023<th>2024<tr><td>1<td>2</table>")
    assert row.text == "2023: 1; 2024: 2"


def test_rows_may_have_their_names_before_them(texts_of: TextsOf) -> None:
    page = b"<table><tr><th>Born<td>1990<tr><th>Lives in<td>Oslo<td>Bergen</table>"
    assert texts_of("a.html", page) == ["Born: 1990", "Lives in: Oslo; Bergen"]


def test_headings_may_be_said_by_role(blocks_of: BlocksOf) -> None:
    first, second = blocks_of(
        "a.html", b"<div role=heading aria-level=3>One</div><p role=heading>Two</p>"
    )
    assert (first.kind, first.level, first.text) == ("heading", 3, "One")
    assert (second.kind, second.level, second.text) == ("heading", 2, "Two")
