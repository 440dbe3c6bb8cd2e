"""Markdown of learners, which is anybody's text: read in time that grows with its length.

Raw HTML is text. `$...$` and `$$...$$` are maths, fenced code is coloured, `![...](name.png)` shows
a picture of the learner's own media and `![...](name.mp3)` plays a sound.
"""

import html
import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from content.domain.media import SOUND_TYPES
from content.format.markdown import Page, code_html
from content.format.maths import MathsError, mathml

NESTING = 12
FORMULA_MAX, FORMULAS_MAX = 1_000, 100
CODE_MAX = 8_000
"""Longer code is shown without colours."""
# Languages whose readers are known to take time in proportion to the code.
_LANGUAGES = (
    "bash c console cpp csharp css diff go html java javascript json julia kotlin matlab pycon "
    "python py r rust sh sql swift text toml ts typescript xml yaml js"
)
LANGUAGES = frozenset(_LANGUAGES.split())
_FORMULA = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$|\$(?![\s$])(?P<inline>(?:\\.|[^\\$])+?)(?<!\s)\$(?!\d)",
    re.DOTALL,
)
Env = MutableMapping[str, Any]


def own_html(text: str, page: Page) -> str:
    """HTML, not yet sanitised."""
    return str(_READER.render(text, {"page": page}))


def _formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    match = _FORMULA.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        display = match["display"] is not None
        token = state.push("display_formula" if display else "formula", "math", 0)
        token.content = (match["display"] or match["inline"] or "").strip()
    state.pos = match.end()
    return True


def _lone_formulas(state: StateCore) -> None:
    """A paragraph that is one displayed formula becomes a line of its own that scrolls."""
    for at, token in enumerate(state.tokens):
        if token.type != "inline" or len(token.children or ()) != 1 or not token.children:
            continue
        opening, closing = state.tokens[at - 1], state.tokens[at + 1]
        if token.children[0].type == "display_formula" and opening.type == "paragraph_open":
            label = state.env["page"].label("Formula")
            opening.tag = closing.tag = "div"
            opening.attrs = {"class": "eq", "tabindex": "0", "role": "region", "aria-label": label}


def _show_formula(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env
) -> str:
    latex = tokens[at].content
    env["formulas"] = env.get("formulas", 0) + 1
    if len(latex) <= FORMULA_MAX and env["formulas"] <= FORMULAS_MAX:
        try:
            return mathml(latex, display=tokens[at].type == "display_formula")
        except MathsError:
            pass
    return f"<code>{html.escape(latex)}</code>"


def _show_code(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env
) -> str:
    words = tokens[at].info.split()
    language = words[0].casefold() if words else ""
    known = language in LANGUAGES and len(tokens[at].content) <= CODE_MAX
    return code_html(tokens[at].content, language if known else "text", env["page"].label("Code"))


def _show_file(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env
) -> str:
    source = html.escape(str(tokens[at].attrs.get("src", "")))
    said = html.escape(self.renderInlineAsText(tokens[at].children, options, env))
    if source.rpartition(".")[2].casefold() in SOUND_TYPES:
        return f'<audio controls="" preload="none" src="{source}" aria-label="{said}"></audio>'
    return f'<img src="{source}" alt="{said}">'


def _table_head(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Env
) -> str:
    return '<table class="list">'


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING}).enable("table")
    reader.inline.ruler.before("escape", "formula", _formula)
    reader.core.ruler.push("lone_formulas", _lone_formulas)
    for name, rule in (
        ("formula", _show_formula),
        ("display_formula", _show_formula),
        ("fence", _show_code),
        ("code_block", _show_code),
        ("image", _show_file),
        ("table_open", _table_head),
    ):
        reader.add_render_rule(name, rule)
    return reader


_READER = _reader()
