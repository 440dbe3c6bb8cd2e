"""What a figure file may contain."""

import pytest

from content.domain.course import Figure
from content.format.figures import FigureError, png_size, served_name, svg_element

FRAME = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'


def drawn(inside: str) -> Figure:
    return Figure("f.svg", FRAME.format(inside).encode())


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ("<script>1</script>", "<script>"),
        ('<rect onclick="x()"/>', "'onclick'"),
        ('<rect style="fill:red"/>', "'style'"),
        ("<style>rect {fill: red}</style>", "<style>"),
        ('<rect class="btn"/>', "class 'btn'"),
        ('<image href="https://example.com/x.png"/>', "<image>"),
        ('<use href="https://example.com/x.svg#a"/>', "outside itself"),
        ('<use xmlns:x="http://www.w3.org/1999/xlink" x:href="#a"/>', "'href'"),
        ('<rect fill="url(https://example.com/#a)"/>', "outside itself"),
        ('<a href="#x"/>', "<a>"),
        ("<foreignObject/>", "<foreignObject>"),
        ('<animate attributeName="x"/>', "<animate>"),
        ('<text xmlns="urn:other">x</text>', "<text>"),
        ("<rect", "no XML"),
    ],
)
def test_a_drawing_that_could_do_harm_is_refused(inside: str, message: str) -> None:
    with pytest.raises(FigureError) as refused:
        svg_element(drawn(inside), "A picture")
    assert message in refused.value.message
    assert refused.value.cure


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no viewBox"),
        (b"<html/>", "no SVG picture"),
        (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "document type"),
        (b"\xff\xfe\x00", "no XML"),
        (b"<?xml version='1.0' encoding='nonsense'?><svg/>", "no XML"),
        (FRAME.format(" " * 400_001).encode(), "larger than 400 kB"),
    ],
)
def test_a_broken_drawing_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FigureError, match=message):
        svg_element(Figure("f.svg", data), "A picture")


def test_a_drawing_is_named_by_its_alternative_text() -> None:
    element = svg_element(drawn('<rect class="f-recall" width="3"/>'), "A blue square")
    assert element.get("role") == "img"
    assert element.get("aria-label") == "A blue square"
    assert element.get("class") == "chart"


@pytest.mark.parametrize("data", [b"GIF89a", b"\x89PNG\r\n\x1a\n", b""])
def test_a_picture_that_is_no_png_is_refused(data: bytes) -> None:
    with pytest.raises(FigureError, match="no PNG"):
        png_size(Figure("f.png", data))


def test_the_served_name_follows_the_content() -> None:
    one, two = Figure("mean.png", b"1"), Figure("mean.png", b"2")
    assert served_name(one) != served_name(two)
    assert served_name(one).startswith("mean.")
    assert served_name(one).endswith(".png")
