"""Packages by page, command and API: sent, taken in by a worker, reported, taken along."""

import zipfile
from datetime import timedelta
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from rest_framework.test import APIClient

from content.models import Prompt
from quizzes.models import Card, DeckImport, ReviewEventRow
from quizzes.services.imports import (
    begin_import,
    run_import,
    send_waiting,
    sweep_uploads,
    upload_path,
)
from studyhub.base.clock import now
from tests.integration.quizzes.packages import Made, package

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def sent_tasks(monkeypatch):
    """What was handed to the queue."""
    found: list[str] = []
    monkeypatch.setattr(
        "quizzes.services.imports.send_import_after_commit",
        lambda import_id: found.append(import_id),
    )
    return found


def upload(data: bytes, name: str = "deck.apkg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_package_sent_by_the_page_is_imported_by_the_worker(client, ada, sent_tasks):
    client.force_login(ada)
    answer = client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    row = DeckImport.objects.get()
    assert answer.url == reverse("deck-import", args=(row.pk,))
    assert sent_tasks == [str(row.pk)]
    assert "Waiting for its turn" in client.get(answer.url).content.decode()
    run_import(row.pk, clock=now)
    page = client.get(answer.url).content.decode()
    assert "2 new cards and 3 reviews came in." in page
    assert Card.objects.filter(user=ada, prompt__owner=ada).count() == 2
    assert row.name in client.get(reverse("anki-upload")).content.decode()


def test_a_broken_package_is_refused_on_its_page(client, ada, sent_tasks):
    client.force_login(ada)
    answer = client.post(reverse("anki-upload"), {"file": upload(b"no zip at all")})
    run_import(DeckImport.objects.get().pk, clock=now)
    page = client.get(answer.url).content.decode()
    assert "It was not imported, and nothing changed." in page
    assert "Export it from Anki again" in page
    assert client.post(reverse("anki-upload")).status_code == 400


def test_nobody_sees_anothers_import(client, ada, bob, sent_tasks):
    client.force_login(ada)
    client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    client.force_login(bob)
    page = reverse("deck-import", args=(DeckImport.objects.get().pk,))
    assert client.get(page).status_code == 404
    assert client.post(f"{page}adopt/", {"offer": "0"}).status_code == 404


def test_a_fourth_package_waits_for_the_others(client, ada, sent_tasks):
    client.force_login(ada)
    for _ in range(3):
        client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    answer = client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    assert answer.status_code == 400
    assert DeckImport.objects.count() == 3
    assert send_waiting(now=now()) is None
    assert len(sent_tasks) == 3


def test_a_lost_message_is_sent_again(ada, client, sent_tasks, settings):
    client.force_login(ada)
    client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    DeckImport.objects.update(created_at="2026-01-01T00:00:00Z")
    send_waiting(now=now())
    assert len(sent_tasks) == 2


def test_a_package_that_stops_the_worker_is_given_up(ada, client, sent_tasks):
    client.force_login(ada)
    client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    DeckImport.objects.update(attempts=3)
    run_import(DeckImport.objects.get().pk, clock=now)
    assert DeckImport.objects.get().state == "refused"


def test_fitted_parameters_are_offered_and_taken_over_once(client, ada, sent_tasks):
    weights = [0.3, *(0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542)[1:]]  # fmt: skip # noqa: E501
    client.force_login(ada)
    made = Made(preset={"fsrsParams6": weights, "desiredRetention": 0.88, "name": "Mine"})
    answer = client.post(reverse("anki-upload"), {"file": upload(package(made))})
    run_import(DeckImport.objects.get().pk, clock=now)
    assert not ReviewEventRow.objects.filter(kind="parameters").exists()
    assert "Use those of “Mine”" in client.get(answer.url).content.decode()
    for _ in range(2):
        assert client.post(f"{answer.url}adopt/", {"offer": "0"}).status_code == 302
    [event] = ReviewEventRow.objects.filter(kind="parameters")
    assert event.details["desired_retention"] == 0.88
    assert event.details["parameters"][0] == pytest.approx(0.3)
    assert client.post(f"{answer.url}adopt/", {"offer": "7"}).status_code == 404


def test_the_api_takes_a_package_once_per_id(ada, sent_tasks):
    client = APIClient()
    client.force_authenticate(ada)
    chosen = str(uuid4())
    for _ in range(2):
        answer = client.post(
            reverse("api-deck-import"), {"file": upload(package(Made())), "id": chosen}
        )
        assert answer.status_code == 202, answer.content
        assert answer.json()["state"] == "waiting"
        assert answer.json()["report"] is None
    assert DeckImport.objects.count() == 1
    run_import(DeckImport.objects.get().pk, clock=now)
    found = client.get(reverse("api-deck-import-report", args=(chosen,))).json()
    assert found["state"] == "done"
    assert found["report"]["cards"]["created"] == 2


@pytest.mark.parametrize(("form", "member"), [("modern", "meta"), ("legacy", "collection.anki2")])
def test_a_deck_is_taken_along_by_page_and_api(client, ada, sent_tasks, form, member):
    client.force_login(ada)
    client.post(reverse("anki-upload"), {"file": upload(package(Made()))})
    run_import(DeckImport.objects.get().pk, clock=now)
    slug = Prompt.objects.filter(owner=ada).first().deck.slug
    api = APIClient()
    api.force_authenticate(ada)
    answers = [
        client.get(reverse("deck-anki", args=(slug,)), {"format": form}),
        client.get(reverse("anki-export"), {"format": form}),
        api.get(reverse("api-deck-export", args=(slug,)), {"format": form}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert ".apkg" in answer["Content-Disposition"]
        found = zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content)))
        assert member in found.namelist()
    assert api.get(reverse("api-deck-export", args=("nothing",))).status_code == 404
    odd = api.get(reverse("api-deck-export", args=(slug,)), {"format": "pdf"})
    assert odd.status_code == 400


def test_commands_import_and_export(ada, tmp_path):
    file, out = tmp_path / "deck.apkg", StringIO()
    file.write_bytes(package(Made()))
    call_command("import_anki", str(file), user="ada", stdout=out)
    assert "Cards: 2 new" in out.getvalue()
    target = tmp_path / "out.apkg"
    call_command("export_anki", str(target), user="ada", legacy=True, stdout=out)
    assert "2 cards, 3 reviews" in out.getvalue()
    assert zipfile.is_zipfile(target)
    with pytest.raises(CommandError, match="no file"):
        call_command("import_anki", str(tmp_path / "none"), user="ada")
    (tmp_path / "bad.apkg").write_bytes(b"PK")
    with pytest.raises(CommandError, match="Export it from Anki again"):
        call_command("import_anki", str(tmp_path / "bad.apkg"), user="ada")


def test_a_package_arriving_twice_at_once_is_kept_whole_and_imported_once(ada, sent_tasks):
    chosen, data = uuid4(), package(Made())

    def slowly():
        yield data[:100]
        # The learner's device gave up waiting, and sends the whole of it again meanwhile.
        begin_import(ada, [data], "deck.apkg", now=now(), import_id=chosen)
        yield data[100:]

    row = begin_import(ada, slowly(), "deck.apkg", now=now(), import_id=chosen)
    assert row.pk == chosen
    assert sent_tasks == [str(chosen)]
    run_import(chosen, clock=now)
    row.refresh_from_db()
    assert row.state == "done", row.refusal
    assert not list((upload_path(chosen).parent).iterdir())


def test_what_a_killed_process_left_of_an_upload_goes_after_a_day(ada, sent_tasks, settings):
    row = begin_import(ada, [package(Made())], "deck.apkg", now=now())
    torn, unpacked = upload_path(uuid4()), settings.MEDIA_ROOT / "cards" / ".import-x"
    unpacked.parent.mkdir()
    for path in (torn, unpacked):
        path.write_bytes(b"half")
    sweep_uploads(now=now())
    assert torn.exists()
    sweep_uploads(now=now() + timedelta(days=2))
    assert not torn.exists()
    assert not unpacked.exists()
    assert upload_path(row.pk).exists()


def test_a_learner_with_imported_decks_can_be_deleted(ada, bob, sent_tasks):
    for user in (ada, bob):
        row = begin_import(user, [package(Made())], "deck.apkg", now=now())
        run_import(row.pk, clock=now)
    ada.delete()
    assert {card.user_id for card in Card.objects.all()} == {bob.pk}
    assert Card.objects.count() == 2
