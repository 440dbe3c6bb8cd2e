"""The HTML that pages and phones get."""

import re

import pytest

from content.domain.course import Figure
from content.domain.prompts import Kind
from content.format.course import load_course
from content.format.markdown import Page
from content.format.plain import plain_text
from content.format.rendering import render, render_key, render_prompt, render_section
from content.format.sanitising import sanitise
from tests.unit.content.courses import CourseFolder

DOT = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 40"><title>t</title>' + (
    b'<defs><marker id="tip"><path d="M0 0"/></marker></defs>'
    b'<line class="s-ink" x1="0" x2="9" marker-end="url(#tip)"/></svg>'
)


def png(width: int, height: int) -> bytes:
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + b"\x08\x00\x00\x00\x00"


@pytest.fixture
def page() -> Page:
    figures = {"dot.svg": DOT, "a.png": png(28, 28), "b.png": png(200, 100)}
    return Page("Shapes", "pixels", {name: Figure(name, data) for name, data in figures.items()})


@pytest.fixture
def prompts(course: CourseFolder):  # type: ignore[no-untyped-def]
    (chapter,) = load_course(course.path).course.chapters
    return {placed.prompt.kind: placed.prompt for placed in chapter.prompts}


def test_code_is_a_named_region_in_class_names_only(page: Page) -> None:
    html = render("```python title=\"A 'loop'\"\nfor x in y:  # go\n    pass\n```", page)
    assert html.startswith(
        '<pre class="code" tabindex="0" role="region" aria-label="A \'loop\'"><code>'
    )
    assert '<span class="k">for</span>' in html
    assert '<span class="c1"># go</span>' in html
    assert "style" not in html


def test_code_and_formulas_without_a_title_have_different_names(page: Page) -> None:
    html = render("```\na\n```\n\n```\nb\n```\n\n$$\nx\n$$\n\n$$\ny\n$$", page)
    assert re.findall('aria-label="([^"]+)"', html) == [
        "Code, Shapes",
        "Code 2, Shapes",
        "Formula, Shapes",
        "Formula 2, Shapes",
    ]


def test_maths_is_mathml(page: Page) -> None:
    html = render("Here $a < b_1$.\n\n$$\n\\frac{1}{2} < \\text{one}\n$$\n", page)
    assert '<math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><msub>' in html
    assert '<div aria-label="Formula, Shapes" class="eq" role="region" tabindex="0">' in html
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>" in html


def test_a_table_is_a_list_with_numbers_to_the_right(page: Page) -> None:
    html = render("| axis | size |\n|---|--:|\n| row | 28 |", page)
    assert '<table class="list">' in html
    assert '<th class="num" scope="col">size</th>' in html
    assert '<td class="num">28</td>' in html


def test_a_side_note_is_a_paragraph_or_a_box(page: Page) -> None:
    assert render("> [!aside]\n> One $x$ *two*.", page).startswith('<p class="aside">One <math')
    box = render("> [!aside]\n> One.\n>\n> Two.", page)
    assert box.startswith('<div class="aside">')
    assert box.count("<p>") == 2
    assert "[!aside]" not in box
    assert "<blockquote>" in render("> Quoted.", page)


def test_a_drawing_goes_into_the_page(page: Page) -> None:
    html = render('![A line](figures/dot.svg "Its caption")', page)
    assert re.match(r'<figure>\s*<svg aria-label="A line" class="chart" role="img"', html)
    assert "<figcaption>Its caption</figcaption>" in html
    assert "<title>" not in html


def test_ids_of_drawings_do_not_meet(page: Page) -> None:
    html = render("![A line](figures/dot.svg)", page)
    (id_,) = re.findall(r'<marker id="([^"]+)"', html)
    assert id_ != "tip"
    assert f"url(#{id_})" in html


def test_drawings_side_by_side_are_a_pair(page: Page) -> None:
    html = render("![A](figures/dot.svg)\n![B](figures/dot.svg)", page)
    assert '<div class="pair">' in html
    assert html.count("<svg ") == 2


def test_small_pictures_are_enlarged_by_a_whole_factor(page: Page) -> None:
    html = render("![A](figures/a.png)\n![B](figures/b.png)", page)
    assert '<div class="pixels">' in html
    assert re.search(r'<img alt="A" height="84" loading="lazy" src="[^"]+" width="84">', html)
    assert re.search(r'<img alt="B" height="100" loading="lazy" src="[^"]+" width="200">', html)
    (source, _) = re.findall('src="([^"]+)"', html)
    assert re.fullmatch(r"/content/figures/pixels/a\.[0-9a-f]{12}\.png", source)


def test_links_lead_into_the_site(page: Page) -> None:
    html = render("[a](chapter:waves#tide) [b](lab:brightness) [c](#grid)", page)
    assert re.findall('href="([^"]+)"', html) == [
        "/chapters/waves/#tide",
        "/labs/brightness/",
        "#grid",
    ]


def test_a_gap_is_empty_in_the_question_and_filled_in_the_answer(prompts) -> None:
    rendered = render_prompt(prompts[Kind.CLOZE])
    assert "shape" not in rendered.question_html
    assert rendered.question_html.count('<span class="cloze"') == 2
    assert '<span class="vh">gap 1</span>' in rendered.question_html
    assert '<span class="vh">gap: </span>shape</span>' in rendered.answer_html
    assert rendered.question_text == "The _____ of a tensor lists the _____ of each axis."


def test_a_gap_may_stand_in_code(course: CourseFolder) -> None:
    old = "The {{shape|form}} of a tensor lists the {{length|size}} of each axis."
    new = "Fill in `w -= {{lr}} * grad`:\n\n```python\nw = {{w}} - 1\n```"
    course.edit("01-pixels/questions.md", old, new)
    loaded = load_course(course.path)
    assert loaded.problems == ()
    cloze = next(p.prompt for p in loaded.course.chapters[0].prompts if p.prompt.kind == "cloze")
    rendered = render_prompt(cloze)
    assert rendered.question_html.count('data-gap="') == 2
    assert "studyhubgap" not in rendered.question_html + rendered.answer_html
    assert rendered.question_text == "Fill in w -= _____ * grad: w = _____ - 1"


def test_choices_do_not_tell_which_is_right(prompts) -> None:
    for kind in (Kind.CHOICE, Kind.MULTIPLE, Kind.ORDERING):
        choices = render_prompt(prompts[kind]).choices
        assert all(set(choice) == {"id", "html"} for choice in choices)
        assert [c["id"] for c in choices] == sorted(c["id"] for c in choices)


def test_wrong_options_say_why(prompts) -> None:
    rendered = render_prompt(prompts[Kind.CHOICE])
    colours = next(choice["id"] for choice in rendered.choices if choice["html"] == "Colours")
    assert rendered.option_notes[colours] == "The pictures are grey: one number a pixel."


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (Kind.NUMERIC, "<p>0.8 thousand</p>"),
        (Kind.NUMERIC, "Anything from 0.78 to 0.82 counts."),
        (Kind.SHORT, "<p>pixel</p>"),
        (Kind.SHORT, "Also right: a pixel, picture element"),
        (Kind.CHOICE, "<p>Pictures</p>"),
        (Kind.MULTIPLE, "<ul><li>0</li><li>255</li></ul>"),
        (Kind.ORDERING, "<ol><li>Picture</li><li>Row</li><li>Column</li></ol>"),
        (Kind.CODE, "<code>(3, 2)</code></pre>"),
    ],
)
def test_every_kind_shows_its_answer(prompts, kind: Kind, shown: str) -> None:
    assert shown in render_prompt(prompts[kind]).answer_html


def test_a_section_is_html_prompts_and_labs_in_order(course: CourseFolder) -> None:
    (chapter,) = load_course(course.path).course.chapters
    grid, shapes = (render_section(section, chapter) for section in chapter.sections)
    assert [block["type"] for block in grid] == ["html", "prompt"]
    assert [block["type"] for block in shapes] == ["html", "prompt", "html", "lab"]
    assert grid[1] == {"type": "prompt", "id": "c01-brightest"}
    assert shapes[3] == {"type": "lab", "slug": "brightness"}


@pytest.mark.parametrize("replaced", ["What does this print?", "Three rows of two numbers."])
def test_the_render_key_follows_text_and_figures(course: CourseFolder, replaced: str) -> None:
    figure = Figure("dot.svg", DOT)
    course.edit("01-pixels/questions.md", replaced, "![A](figures/dot.svg)")
    (chapter,) = load_course(course.path).course.chapters
    prompt = next(p.prompt for p in chapter.prompts if p.prompt.kind == Kind.CODE)
    key = render_key(prompt, "pixels", {"dot.svg": figure})
    assert key == render_key(prompt, "pixels", {"dot.svg": figure, "other.svg": figure})
    assert key != render_key(prompt, "pixels", {"dot.svg": Figure("dot.svg", DOT + b"\n")})


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<p style='color:red' class='btn go' onclick='x()'>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![x](https://example.com/x.png)",
        "<a href='//example.com'><form><input>",
        "$\\text{<script>alert(1)</script>}$",
        "```html\n<script>alert(1)</script>\n```",
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        "<svg><foreignObject><script>1</script></foreignObject></svg>",
    ],
)
def test_nothing_that_runs_gets_through(page: Page, hostile: str) -> None:
    html = render(hostile, page)
    tags = set(re.findall(r"<(\w+)", html.lower()))
    assert not tags & {"script", "style", "form", "input", "foreignobject", "img", "iframe"}
    assert not re.search(r"<\w[^>]*\s(?:on\w+|style)\s*=", html)
    assert 'href="javascript' not in html
    assert 'href="data' not in html


def test_only_classes_that_we_know_survive() -> None:
    assert sanitise('<p class="btn aside go">x</p>') == '<p class="aside">x</p>'
    assert sanitise('<span class="kc evil">x</span>') == '<span class="kc">x</span>'


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        ("L=w^2", "L=w^2"),
        (r"w_{t+1}", "w_(t+1)"),
        (r"\frac{a}{b}", "(a)/(b)"),
        (r"\sqrt{x}", "√(x)"),
        (r"\sum_{i=1}^{n} a_i", "∑_(i=1)^(n)a_i"),
    ],
)
def test_a_formula_keeps_its_meaning_on_one_line(formula: str, line: str) -> None:
    assert plain_text(render(f"${formula}$", Page("x"))) == line


def test_plain_text_is_one_line_without_signs_for_screens() -> None:
    html = "<p>A <b>word</b>&nbsp;&lt;</p><pre><code>x = 1\ny = 2</code></pre><p>end</p>"
    assert plain_text(html) == "A word < x = 1 y = 2 end"
    assert plain_text("<p>" + "word " * 200 + "</p>", limit=30) == "word word word word word word…"
    assert plain_text('<p>See <svg aria-label="a dot"><text>1</text></svg>!</p>') == "See a dot!"
