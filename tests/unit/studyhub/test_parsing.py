"""JSON bodies are read the same by the quick reader and by the one it falls back on."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from studyhub.api.parsing import JSONParser

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def read(body: bytes):
    return JSONParser().parse(BytesIO(body), "application/json", {"encoding": "utf-8"})


@given(value=VALUES, escaped=st.booleans())
def test_what_was_sent_is_what_is_read(value, escaped):
    assert read(json.dumps(value, ensure_ascii=escaped).encode("utf-8", "replace")) == json.loads(
        json.dumps(value, ensure_ascii=escaped).encode("utf-8", "replace")
    )


@given(halves=st.lists(st.sampled_from(["\\ud800", "\\udc00", "a", "\\ud83d\\ude00"]), max_size=6))
def test_halves_of_characters_become_a_question_mark(halves):
    text = "".join(halves)
    expected = json.loads(f'"{text}"').encode("utf-8", "replace").decode()
    assert read(f'{{"a": "{text}"}}'.encode()) == {"a": expected}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b'{"a": Infinity}', b'"\xff"', b"\xef\xbb\xbf1"]
)
def test_what_is_no_json_is_refused(body):
    with pytest.raises(ParseError):
        read(body)


def test_json_nested_beyond_reading_is_refused():
    with pytest.raises(ParseError, match="nested too deeply"):
        read(b"[" * 200_000 + b"]" * 200_000)


def test_another_encoding_is_read_as_it_says():
    body = '"größe"'.encode("latin-1")
    assert JSONParser().parse(BytesIO(body), None, {"encoding": "latin-1"}) == "größe"
