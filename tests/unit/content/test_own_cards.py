"""Own cards as people write them: read, tidied, and taken through files without loss."""

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.domain.errors import CardFileInvalid
from content.domain.own import OwnPrompt, own_id, tidy
from content.domain.prompts import ClozeAnswer, Kind, NumericAnswer, ShortAnswer, TextAnswer
from content.format.card_files import decode, read_markdown, write_markdown
from content.format.card_tables import read_table, write_table
from content.format.own import FieldProblems, OwnFields, finish, read_own
from content.format.own_answers import course_answer, plain_answer, read_answer

ID = own_id(UUID(int=7))


def card(kind: str, question: str, answer: str, **more: str) -> OwnPrompt:
    problems = FieldProblems()
    own = read_own(OwnFields(kind, question, answer, **more), ID, problems.add)
    assert own is not None, problems.errors
    return own


def problems_of(kind: str, question: str, answer: str) -> dict[str, list[str]]:
    problems = FieldProblems()
    assert read_own(OwnFields(kind, question, answer), ID, problems.add) is None
    return problems.errors


# -- what people type -------------------------------------------------------------------------


def test_a_number_needs_no_equals_sign():
    assert card("numeric", "g?", "9.81 ± 0.01 m/s2").answer == NumericAnswer(9.81, 0.01, "m/s2")
    assert card("numeric", "g?", "= -3").answer == NumericAnswer(-3.0, 0.0)


def test_wordings_stand_one_a_line():
    assert card("short", "Who?", "Ada\n\nLovelace").answer == ShortAnswer(("Ada", "Lovelace"))
    assert card("short", "Who?", "= Ada\n| Lovelace").answer == ShortAnswer(("Ada", "Lovelace"))


def test_gaps_come_from_the_question():
    own = card("cloze", "The {{loss|cost}} falls.", "More.")
    assert own.answer == ClozeAnswer((("loss", "cost"),), "More.")


@pytest.mark.parametrize(
    ("kind", "question", "answer", "name", "says"),
    [
        ("basic", "", "a", "question", "There is no question."),
        ("basic", "q", "", "answer", "There is no answer"),
        ("cloze", "no gap", "", "question", "There is no gap"),
        ("cloze", "$x^{{2}}$ {{a}}", "", "question", "formula"),
        ("numeric", "q", "many", "answer", "no number"),
        ("choice", "q", "[x] a", "answer", "fewer than 2"),
        ("choice", "q", "[x] a\n[x] b", "answer", "2 options are marked right"),
        ("choice", "q", "[x] a\n[ ] b\n  ```\n  c", "answer", "block of code"),
        ("ordering", "q", "one", "answer", "fewer than 2"),
        ("code", "q", "  ", "answer", "no output"),
        ("haiku", "q", "a", "kind", "no kind"),
        ("basic", "x" * 20_001, "a", "question", "20,000 fit"),
    ],
)
def test_what_cannot_be_a_card_is_said_by_field(kind, question, answer, name, says):
    assert any(says in said for said in problems_of(kind, question, answer)[name])


def test_a_formula_alone_on_its_line_scrolls_and_one_in_a_line_stays():
    shown = finish(card("basic", "$x^2$ is\n\n$$\\frac12$$", "a"), {}).question_html
    assert '<p><math display="inline">' in shown
    assert '<div class="eq" tabindex="0"' in shown


# -- hostile text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "![x](http://elsewhere.example/spy.png)",
        "![x](//elsewhere.example/spy.png)",
        "![x](/account/logout/)",
        "$\\text{<script>alert(1)</script>}$",
        '![" onerror="alert(1)](a.png)',
        "```<script>\n</code><script>alert(1)</script>\n```",
        "{{<b onclick=alert(1)>}}",
        '![{{" onerror="alert(1)}}](a.png)',
        '<p style="position:fixed">x</p>',
        "<svg><style>@import url(http://x)</style></svg>",
    ],
)
@pytest.mark.parametrize("kind", ["basic", "cloze"])
def test_nothing_that_runs_or_fetches_reaches_a_card(text, kind):
    shown = finish(
        card(kind, f"{{{{a}}}} {text}", text, explanation=text), {"a.png": "/media/0/a.png"}
    )
    for html in (shown.question_html, shown.answer_html, shown.explanation_html):
        tags = " ".join(part.partition(">")[0] for part in html.split("<")[1:])
        assert not any(word in tags for word in ("script", "onerror=alert", "onclick", "style"))
        assert "elsewhere" not in tags
        assert 'href="javascript' not in html
        assert 'src="/account' not in html


def test_only_the_learners_own_files_are_shown():
    own = card("basic", "![cat](cat.png) ![purr](purr.mp3) ![dog](dog.png)", "a")
    shown = finish(
        own, {"cat.png": "/media/1/cat.png", "purr.mp3": "/media/2/purr.mp3"}
    ).question_html
    assert '<img src="/media/1/cat.png" alt="cat">' in shown
    assert 'src="/media/2/purr.mp3"' in shown
    assert "dog.png" not in shown


HOSTILE = {
    "brackets": "[" * 3_000,
    "many brackets": "[" * 20_000,
    "images": "![" * 10_000,
    "stars": "*a " * 6_000,
    "quotes": ">" * 20_000,
    "lists": "\n".join("  " * depth + "- a" for depth in range(140)),
    "ticks": "".join("`" * count + "a" for count in range(1, 195)),
    "links": "[a](<b" * 3_000,
    "dollars": "$" + "\\$" * 9_000,
    "braces": "$" + "{" * 490 + "}" * 490 + "$",
    "gaps": "{{" * 10_000,
    "table": "|a" * 9_000 + "\n" + "|-" * 900,
    "tags": "<a href='" * 2_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markdown_is_read_in_bounded_time(text):
    begun = time.process_time()
    for kind in ("basic", "cloze"):
        problems = FieldProblems()
        own = read_own(
            OwnFields(kind, f"{{{{a}}}} {text}"[:20_000], text[:20_000]), ID, problems.add
        )
        if own is not None:
            finish(own, {})
    assert time.process_time() - begun < 20  # a minute and more where time grows with the square


# -- through files and back -------------------------------------------------------------------

SIGNS = st.characters(exclude_categories=["Cs"])
PIECES = st.sampled_from(
    ["---", "----", "## x", "# y", "> z", "```", "~~~", "    code", "- [x] a", "[x] b", "[ ] c",
     "1. d", "= 3", "| e", "{{gap}}", "{{a|b}}", "$x$", "", " ", "kind: basic", "-", "=1+1",
     "'=x", "@z", "\t"]
)  # fmt: skip
LINES = st.one_of(PIECES, st.text(SIGNS, max_size=12))
TEXTS = st.lists(LINES, min_size=1, max_size=6).map("\n".join)


@st.composite
def cards(draw: st.DrawFn) -> OwnPrompt | None:
    fields = OwnFields(
        draw(st.sampled_from(list(Kind))),
        draw(TEXTS),
        draw(TEXTS),
        draw(st.one_of(st.just(""), TEXTS)),
        draw(st.text(SIGNS, max_size=20)),
    )
    prompt_id = own_id(draw(st.uuids()))
    return read_own(fields, prompt_id, lambda name, message, line: None)


def refuse_nothing(at: int, message: str, cure: str) -> None:
    raise AssertionError(message)


@given(TEXTS)
def test_tidying_twice_is_tidying_once(text):
    assert tidy(tidy(text)) == tidy(text)


@given(cards())
def test_an_answer_survives_its_form(own):
    if own is None:
        return
    for text in (plain_answer(own.kind, own.question, own.answer), course_answer(own.answer)):
        assert read_answer(own.kind, own.question, text, refuse_nothing) == own.answer


def as_read(read) -> list[OwnPrompt | None]:
    assert read.problems == []
    found = []
    for one in read.cards:
        assert one.problems == ()
        problems = FieldProblems()
        found.append(read_own(one.fields, one.name, problems.add))
        assert problems.errors == {}
    return found


@given(st.lists(cards(), max_size=4))
def test_markdown_brings_the_same_cards_back(made):
    deck = [own for own in made if own is not None]
    assert as_read(read_markdown(write_markdown("Deck", deck))) == deck


@given(st.lists(cards(), max_size=4))
def test_a_table_brings_the_same_cards_back(made):
    deck = [own for own in made if own is not None]
    text = write_table("Deck", deck)
    assert as_read(read_table(text)) == deck
    assert as_read(read_table(decode(("\ufeff" + text).encode())[0])) == deck


@given(st.binary(max_size=400))
def test_no_file_breaks_the_readers(data):
    try:
        text, _ = decode(data)
    except CardFileInvalid:
        return
    for one in [*read_table(text).cards, *read_markdown(text).cards]:
        read_own(one.fields, ID, lambda name, message, line: None)


@given(TEXTS)
def test_no_text_breaks_the_readers(text):
    for one in [*read_table(text).cards, *read_markdown(text).cards]:
        read_own(one.fields, ID, lambda name, message, line: None)


# -- tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''-1", "＝1"])
def test_a_spreadsheet_runs_no_cell_of_ours(cell):
    own = OwnPrompt(ID, Kind.BASIC, cell, TextAnswer(cell), cell)
    text = write_table("=cmd", [own])
    cells = [part.strip('"') for part in text.split("\r\n")[1].split(",")]
    assert not any(part[:1] in ("=", "+", "-", "@", "\t", "＝") for part in cells)
    assert read_table(text).cards[0].fields.question == cell


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_tables_of_every_spelling_are_read(sign, encoding):
    text = f"Front{sign}Back{sign}Tags\r\nWas heißt Öl?{sign}oil{sign}deutsch\r\n"
    [one] = read_table(decode(text.encode(encoding))[0]).cards
    assert (one.fields.question, one.fields.answer, one.line) == ("Was heißt Öl?", "oil", 2)


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"SQLite format 3\0"])
def test_a_package_of_anki_is_sent_where_it_is_read(head):
    with pytest.raises(CardFileInvalid) as refused:
        decode(head + b"\0\x01" * 3_000_000)
    assert "Import from Anki" in refused.value.cure


def test_lines_are_counted_through_cells_of_several_lines():
    read = read_table('question,answer\n"a\nb",c\n,\nd,\n')
    assert [one.line for one in read.cards] == [2, 5]


def test_an_open_quotation_mark_is_said_with_its_line():
    read = read_table("question,answer\na,b\n" + '"c' + "x" * 200_000)
    assert len(read.cards) == 1
    assert read.problems[0][0] == 3
    assert "quotation mark" in read.problems[0][1]


def test_questions_and_answers_in_plain_lines():
    read = read_markdown("Q: Why?\nReally?\nA: Because.\n\nQ: Who?\n")
    assert read.cards[0].fields == OwnFields("basic", "Why?\nReally?", "Because.")
    assert read.cards[1].line == 5
    assert "A:" in read.cards[1].problems[0][1]


def test_a_course_file_imports_as_own_cards():
    text = "## c04-x\nkind: short\nfacts: C4-01\nsource: chapter 4\n\nWho?\n\n---\n= Ada\n\n> So.\n"
    [one] = read_markdown(text).cards
    assert (one.name, one.problems, one.facts) == ("c04-x", (), ("C4-01",))


def test_a_section_without_a_header_begins_with_its_question():
    [one] = read_markdown("## light\n\nNote: how fast?\n\n---\nvery\n").cards
    assert (one.fields, one.problems) == (OwnFields("basic", "Note: how fast?", "very"), ())


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_is_wrong_with_one_card_of_a_file_is_not_its_neighbours(place):
    parts = ["## one\n\nWhy?\n\n---\nSo.\n", "## two\n\nWho?\n\n---\nShe.\n"]
    parts.insert(place, "## bad\nkind: nonsense\n\nq\n\n---\na\n")
    read = read_markdown("\n".join(parts))
    assert [(one.name, one.problems) for one in read.cards] == [("one", ()), ("two", ())]
    assert ["no kind" in sentence for _, sentence in read.problems] == [True]


def test_a_markdown_answer_may_be_as_plain_as_in_a_form():
    [one] = read_markdown("## light\nkind: numeric\n\nHow fast?\n\n---\n3e5 ± 500 km/s\n").cards
    assert one.problems == ()
    assert card(one.fields.kind, one.fields.question, one.fields.answer).answer == NumericAnswer(
        3e5, 500, "km/s"
    )
    assert (one.line_of("answer", 0), one.line_of("tags", 0)) == (7, 1)
