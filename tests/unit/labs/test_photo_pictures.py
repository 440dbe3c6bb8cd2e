"""Pictures of hidden photos on a run's page: small, encoded anew, and never a reason to fail."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from labs.domain.exercise import AnswerKind, AnswerSpec
from labs.grading import Truth
from labs.grading.feedback import label_feedback
from labs.grading.map_feedback import map_feedback
from labs.grading.photos import SIDE, photo_base64
from labs.grading.predictions import Predictions


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "000000.jpg"
    pixels = np.random.default_rng(1).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    exif = Image.Exif()
    exif[0x010E] = "Bengal_1"
    Image.fromarray(pixels).save(path, exif=exif)
    return path


def decoded(picture: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(picture)))


def test_a_photo_becomes_a_small_png_that_keeps_nothing_of_the_file(photo):
    picture = photo_base64(photo)
    image = decoded(picture)
    assert (image.format, image.size) == ("PNG", (SIDE, SIDE))
    assert b"Bengal" not in base64.b64decode(picture)
    assert len(picture) < 20_000


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"<svg onload=alert(1)>", b"GIF89a"])
def test_what_is_no_photo_has_no_picture(tmp_path, content):
    path = tmp_path / "x.jpg"
    path.write_bytes(content)
    assert photo_base64(path) is None
    assert photo_base64(tmp_path / "gone.jpg") is None


def test_the_worst_photos_are_shown(photo):
    answer = AnswerSpec(AnswerKind.LABELS, (0, 1), ("cat", "dog"))
    truth = Truth(np.array([0, 1]), np.array([False, False]))
    shown = label_feedback(answer, truth, Predictions(np.array([1, 1])), [photo, photo])
    [worst] = shown["worst"]
    assert (worst["actual"], worst["predicted"]) == ("cat", "dog")
    assert decoded(worst["picture"]).size == (SIDE, SIDE)


def test_a_map_is_laid_on_its_photo_with_a_mark_at_its_highest_place(tmp_path):
    photo = tmp_path / "grey.jpg"
    Image.new("RGB", (200, 200), (90, 90, 90)).save(photo)
    truth = Truth(np.zeros((1, 28, 28), np.uint8), np.array([False]))
    values = np.zeros((1, 7, 7))
    values[0, 0, 6] = 1
    shown = map_feedback(truth, Predictions(values), [photo])
    pixels = np.asarray(decoded(shown["worst"][0]["picture"]).convert("RGB")).astype(int)
    assert pixels[:16, -24:].min(axis=2).max() > 240
    assert pixels[10:16, -8:, 0].mean() > pixels[-16:, :16, 0].mean() + 40  # redder there
