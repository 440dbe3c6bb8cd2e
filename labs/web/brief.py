"""The brief as the page shows it: each hint stays folded until it is asked for."""

import re

_HINT = re.compile(
    r"<h3[^>]*>(?P<title>Hint \d+[^<]*)</h3>(?P<body>.*?)(?=<h[23][ >]|\Z)", re.DOTALL
)


def with_hints_folded(html: str) -> str:
    """`html` with every "Hint N" heading and what follows it as a details element."""
    return _HINT.sub(r'<details class="hint"><summary>\g<title></summary>\g<body></details>', html)
