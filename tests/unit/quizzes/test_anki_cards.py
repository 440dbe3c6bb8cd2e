"""Anki's templates and cloze deletions as HTML that may stand on our pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes.anki.cloze import clozed
from quizzes.anki.html import Pages
from quizzes.anki.templates import TemplateProblem, is_empty, sides, without_tags
from quizzes.anki.writing import _stripped

PAGES = Pages({"a.png": "/media/1/a.png", "t.mp3": "/media/2/t.mp3"})
SPECIAL = {"Tags": "one two", "Deck": "Big::Small", "Subdeck": "Small", "Card": "C", "Type": "T"}


def shown(question: str, answer: str = "", ord_: int = 0, cloze: bool = False, **fields: str):
    template = {"qfmt": question, "afmt": answer}
    return sides(template, fields, ord_, cloze=cloze, special=SPECIAL, longest=100_000)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{{Front}}!", "Why?!"),
        ("{{ Front }}", "Why?"),
        ("{{{Front}}}", "Why?"),
        ("{{Nothing}}", ""),
        ("{{#Front}}yes{{/Front}}{{^Front}}no{{/Front}}", "yes"),
        ("{{#Empty}}yes{{/Empty}}{{^Empty}}no{{/Empty}}", "no"),
        ("{{#Blank}}yes{{/Blank}}", ""),
        ("{{#Front}}a{{^Empty}}b{{/Empty}}{{/Front}}", "ab"),
        ("{{Tags}} {{Subdeck}}", "one two Small"),
        ("{{text:Bold}}", "b &lt; c"),
        ("{{hint:Front}}", "<details><summary>Front</summary>Why?</details>"),
        ("{{hint:Empty}}", ""),
        ("{{type:Front}}", ""),
        ("{{tts en_US:Front}}", ""),
        ("{{unknown:Front}}", "Why?"),
        ("{{furigana:Kanji}}", "<ruby>漢<rt>かん</rt></ruby>"),
        ("{{kana:Kanji}}", "かん"),
        ("<!-- {{Front}} -->x", "x"),
        ("{{Front", "{{Front"),
    ],
)
def test_a_template_says_what_the_manual_says(template, wanted):
    fields = {"Front": "Why?", "Empty": "", "Blank": "<div><br></div>", "Kanji": "漢[かん]"}
    assert shown(template, **fields, Bold="<b>b</b> &lt; c").question == wanted


def test_the_answer_does_not_repeat_the_question():
    both = shown("{{Front}}", "{{FrontSide}}\n<hr id=answer>\n{{Back}}", Front="Why?", Back="So.")
    assert both.answer.strip() == "So."
    assert shown("{{Front}}", "{{Front}}: {{type:Back}}", Front="a", Back="b").answer == "a: b"


@pytest.mark.parametrize("broken", ["{{#A}}x", "{{/A}}", "{{#A}}{{#B}}{{/A}}{{/B}}", "{{#A}}" * 99])
def test_a_template_that_does_not_close_is_a_problem_of_its_own(broken):
    with pytest.raises(TemplateProblem):
        shown(broken, A="1", B="1")


def test_a_template_cannot_grow_beyond_bounds():
    with pytest.raises(TemplateProblem, match="too long"):
        shown("{{A}}" * 1000, A="x" * 1000)


@pytest.mark.parametrize(
    ("text", "number", "question", "answer"),
    [
        ("a {{c1::b}} c", 1, "a <[...]> c", "a <b> c"),
        ("a {{c1::b::hint}} {{c2::d}}", 1, "a <[hint]> d", "a <b> d"),
        ("{{c1::a {{c2::b}} c}}", 1, "<[...]>", "<a b c>"),
        ("{{c1::a {{c2::b}} c}}", 2, "a <[...]> c", "a <b> c"),
        ("{{c1,3::a}} {{c2::b}}", 3, "<[...]> b", "<a> b"),
        ("{{c1::a::b::c}}", 1, "<[b::c]>", "<a>"),
        ("{{c1::open", 1, "{{c1::open", "{{c1::open"),
        ("a }} b :: c", 1, "a }} b :: c", "a }} b :: c"),
    ],
)
def test_cloze_deletions(text, number, question, answer):
    for wanted, side in ((question, False), (answer, True)):
        found = clozed(text, number, side)
        assert found.replace('<span class="cloze">', "<").replace("</span>", ">") == wanted


@given(st.text(alphabet="{}c12:, ab", max_size=60), st.integers(1, 3), st.booleans())
def test_any_text_can_be_read_as_a_cloze(text, number, answer):
    assert isinstance(clozed(text, number, answer), str)
    if "{{c" not in text:
        assert clozed(text, number, answer) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<img src="https://evil.example/track.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="javascript:alert(1)">x</a>',
        '<iframe src="https://evil.example"></iframe>',
        "<style>body{display:none}</style>",
        '<div style="position:fixed" class="sheet" id="main">x</div>',
        '<form action="/account/delete/"><input name=a></form>',
        "<svg onload=alert(1)><script>1</script></svg>",
        "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        '<audio src="https://evil.example/x.mp3" autoplay></audio>',
        '<audio controls preload="none" src="https://evil.example/y"></audio>',
        "<meta http-equiv=refresh content=0>",
        '<a href="//evil.example" ping="https://evil.example">x</a>',
        '[sound:x" onerror="alert(1)]',
        r"\(<script>alert(1)</script>\)",
        "[latex]\\input{/etc/passwd}[/latex]",
    ],
)
def test_what_could_run_or_fetch_or_restyle_never_reaches_a_page(hostile):
    found = PAGES.html(f"before {hostile} after").lower()
    assert "before" in found
    for bad in ("<script", "onerror=a", "onload", "javascript:", "data:", "<iframe", "<style",
                "style=", "<form", "<input", "<svg", "autoplay", "ping=", "<meta"):  # fmt: skip
        assert bad not in found.replace("&quot; onerror=&quot;", "")
    assert "evil.example" not in found or "href=" in found


def test_sounds_and_pictures_stand_at_our_addresses():
    found = PAGES.html('[sound:t.mp3] <img src="a.png"> <img src="gone.png"> [sound:gone.mp3]')
    assert 'src="/media/2/t.mp3"' in found
    assert 'src="/media/1/a.png"' in found
    assert 'alt="picture"' in found
    assert "(picture missing)" in found
    assert "gone.mp3 is missing" in found


@pytest.mark.parametrize(
    "latex", [r"\(x^2\)", "[$]x^2[/$]", "[$$]x^2[/$$]", "<anki-mathjax>x^2</anki-mathjax>",
              "[latex]$x^2$[/latex]", r"\[x^2\]"]
)  # fmt: skip
def test_formulas_become_mathml(latex):
    assert "<msup>" in PAGES.html(f"a {latex} b")


def test_a_formula_that_cannot_be_shown_is_code():
    assert PAGES.html(r"\(\nosuchcommand{x}\)") == r"<code>\nosuchcommand{x}</code>"


def test_deep_nesting_is_shown_as_text():
    assert "<div>" not in PAGES.html("<div>" * 50_000 + "x")
    assert PAGES.html("\\(" * 50_000).startswith("\\(")


@pytest.mark.parametrize("piece", ["<", "<a", "<img ", "<img src=", "<style ", "<script></style>"])
def test_tags_that_never_end_are_read_in_time_that_grows_with_them(piece):
    value = piece * (600_000 // len(piece))
    assert is_empty(value) is (">" in piece)
    assert without_tags(value + "x").endswith("x")
    assert _stripped(f"<b>a</b>{value}").startswith("a")


def test_a_field_is_compared_without_markup_and_with_its_pictures():
    field = "a<STYLE>x</style>b<img alt=q src='p.png'>c<script>1</SCRIPT><b>d</b> &lt; <e"
    assert _stripped(field) == "ab p.png cd < <e"
