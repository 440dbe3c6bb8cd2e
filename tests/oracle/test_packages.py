"""Anki itself opens what we export, and finds what it had exported, row by row."""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from content.models import Prompt
from quizzes.models import Card, ReviewEventRow
from quizzes.services import review_prompt
from quizzes.services.anki import export_package, import_package
from studyhub.accounts.models import User
from studyhub.base.clock import now
from tests.integration.quizzes.conftest import PHONE

ORACLE = Path(__file__).with_name("anki_packages.py")
FORMATS = ("modern", "legacy")
pytestmark = pytest.mark.django_db


def asked(*arguments: str | Path) -> Any:
    done = subprocess.run(
        [sys.executable, ORACLE, *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def anki(tmp_path_factory, require) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """A folder with packages, what the collection held, and what Anki finds in its packages."""
    require("anki", importlib.util.find_spec("anki") is not None, "install the test extra")
    folder = tmp_path_factory.mktemp("anki")
    made = asked("make", folder)
    opened = asked("open", *(folder / f"{name}.apkg" for name in FORMATS))
    return folder, made, dict(zip(FORMATS, opened, strict=True))


@pytest.fixture
def media(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def ada(db) -> User:
    return User.objects.create_user("ada")


def test_the_collection_has_every_kind_of_review(anki):
    _, made, _ = anki
    assert len(made["reviews"]) >= 2_000
    assert set(Counter(row[-1] for row in made["reviews"])) == {0, 1, 2, 3, 4, 5}
    assert made["media"]
    assert any(card["held"] for card in made["cards"])
    assert "Cloze" in made["types"]


@pytest.mark.parametrize("came_as", FORMATS)
def test_a_collection_survives_import_and_export(anki, ada, media, tmp_path, came_as):
    folder, made, opened = anki
    report = import_package(ada, folder / f"{came_as}.apkg", now=now())
    assert report.left_out == []
    assert report.reviews["created"] == len(made["reviews"])
    wanted = opened[came_as]
    targets = {leaves_as: tmp_path / f"{leaves_as}.apkg" for leaves_as in FORMATS}
    for leaves_as, target in targets.items():
        export_package(ada, target, now=now(), legacy=leaves_as == "legacy")
    for leaves_as, found in zip(targets, asked("open", *targets.values()), strict=True):
        assert found["integrity"] == "ok"
        for part in ("notes", "cards", "reviews", "media", "types", "filtered", "memory"):
            assert found[part] == wanted[part], f"{part}: {came_as} to {leaves_as}"
    assert [row[0] for row in made["reviews"]] == [row[0] for row in wanted["reviews"]]


def test_the_fold_gives_the_memory_that_anki_computes(anki, ada, media):
    folder, _, opened = anki
    import_package(ada, folder / "modern.apkg", now=now())
    ours = {
        f"{card.prompt.note.guid}:{card.prompt.template}": card
        for card in Card.objects.filter(user=ada).select_related("prompt__note")
    }
    compared = 0
    for key, (stability, difficulty) in opened["modern"]["memory"].items():
        card = ours[key]
        if not stability:
            assert card.stability is None, key
            continue
        compared += 1
        assert card.stability == pytest.approx(stability, rel=1e-3), key
        assert card.difficulty == pytest.approx(difficulty, rel=1e-3), key
    assert compared > 100


def test_due_dates_are_those_of_anki(anki, ada, media):
    folder, _, opened = anki
    moment = now()
    import_package(ada, folder / "modern.apkg", now=moment)
    ours = {
        (card.prompt.note.guid, card.prompt.template): card
        for card in Card.objects.filter(user=ada).select_related("prompt__note")
    }
    today = (moment - timedelta(hours=4)).date()
    compared = 0
    for theirs in opened["modern"]["cards"]:
        card = ours[theirs["key"][0], theirs["key"][1]]
        assert card.suspended == (theirs["queue"] == -1)
        if theirs["type"] != 2 or theirs["held"]:
            continue
        day = (card.due - timedelta(hours=4)).date()
        reached = (card.head_at - timedelta(hours=4)).date()
        assert day == max(today + timedelta(days=theirs["due"]), min(day, reached))
        compared += 1
    assert compared > 50


def test_importing_again_changes_nothing(anki, ada, media):
    folder, _, _ = anki
    import_package(ada, folder / "modern.apkg", now=now())

    def held():
        prompts = list(Prompt.objects.order_by("pk").values())
        cards = list(Card.objects.order_by("pk").values())
        return prompts, cards, ReviewEventRow.objects.count()

    before = held()
    again = import_package(ada, folder / "modern.apkg", now=now() + timedelta(days=1))
    assert again.reviews["created"] == again.cards["created"] == again.notes["created"] == 0
    assert held() == before
    # The other form of the same collection says the same.
    import_package(ada, folder / "legacy.apkg", now=now() + timedelta(days=2))
    assert ReviewEventRow.objects.count() == before[2]


def test_anki_knows_what_was_reviewed_here(anki, ada, media, tmp_path):
    folder, made, _ = anki
    moment = now()
    import_package(ada, folder / "modern.apkg", now=moment)
    due = Card.objects.filter(user=ada, phase="review", suspended=False, due__lte=moment)
    chosen = list(due.select_related("prompt__note").order_by("pk")[:8])
    for place, card in enumerate(chosen):
        at = moment + timedelta(seconds=place)
        review_prompt(ada, card.prompt_id, rating=place % 4 + 1, device=PHONE, now=at)
    target = tmp_path / "out.apkg"
    export_package(ada, target, now=moment + timedelta(minutes=1))
    [found] = asked("open", target)
    assert len(found["reviews"]) == len(made["reviews"]) + len(chosen)
    cards = {(card["key"][0], card["key"][1]): card for card in found["cards"]}
    for card in chosen:
        card.refresh_from_db()
        key = (card.prompt.note.guid, card.prompt.template)
        theirs = cards[key]
        assert theirs["type"] == {"review": 2, "relearning": 3}[card.phase]
        assert theirs["data"]["s"] == pytest.approx(card.stability, rel=1e-3)
        assert found["memory"][f"{key[0]}:{key[1]}"][0] == pytest.approx(card.stability, rel=1e-3)
    # Back again: the reviews that were made here are known, none is doubled.
    before = ReviewEventRow.objects.filter(kind="review").count()
    report = import_package(ada, target, now=moment + timedelta(minutes=2))
    assert report.reviews["created"] == 0
    assert ReviewEventRow.objects.filter(kind="review").count() == before
