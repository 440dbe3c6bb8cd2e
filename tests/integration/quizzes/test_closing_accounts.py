"""An operator closes an account: all of it goes, and nothing of anybody else's."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from labs.domain.uploads import Upload
from labs.models import Grade, Lab, Run
from labs.services import submit
from quizzes import services
from quizzes.models import Exam, OpenTask, QuizQuestion, ReviewEventRow
from quizzes.services.imports import begin_import, run_import
from studyhub.accounts.models import User
from studyhub.accounts.services import issue_device_token, issue_entry_link
from studyhub.base.clock import now
from tests.integration.quizzes.conftest import NOW, WRONG, sent
from tests.integration.quizzes.packages import Made, package

SOLUTION = b"def train(data, run): ...\ndef predict(model, inputs, run): ...\n"
SIGNED_IN = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def operator(chapters) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("op"), SIGNED_IN)
    return client


@pytest.fixture
def lab(db) -> Lab:
    return Lab.objects.create(slug="threes", title="Threes", chapter=4, updated_at=NOW)


@pytest.fixture
def lived(ada, bob, lab, settings, tmp_path, monkeypatch) -> tuple[User, User]:
    """Two learners with something of everything."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr("quizzes.services.imports.send_import_after_commit", lambda *_: None)
    for user in (ada, bob):
        _live(user, lab)
    return ada, bob


def _live(user: User, lab: Lab) -> None:
    answers = [sent(f"c05-{n}", at=NOW + timedelta(days=n), seq=n) for n in range(5)]
    services.record_events(user, answers, now=NOW + timedelta(days=9))
    run_import(begin_import(user, [package(Made())], "deck.apkg", now=now()).pk, clock=now)
    asked = {"chapters": ["mnist-basics"], "size": 5, "feedback": "each", "seconds": None}
    quiz = services.start_quiz(user, **asked, now=NOW, seed=7)
    for question in QuizQuestion.objects.filter(attempt=quiz):
        answer = WRONG.get(question.prompt.kind)
        if answer is not None:
            services.answer_question(user, quiz.pk, question.pk, answer, now=NOW)
    services.retake_missed(user, services.finish_quiz(user, quiz.pk, now=NOW).id, now=NOW, seed=8)
    OpenTask.objects.create(user=user, kind=OpenTask.Kind.FIT, moved_at=NOW)
    exam = {"title": "Finals", "chapters": ["pets"], "day": NOW.date(), "retention": 0.9}
    Exam.objects.create(user=user, created_at=NOW, **exam)
    issue_device_token(user, "phone")
    issue_entry_link(user, now=NOW)
    run = submit(user, lab.slug, Upload("solution.py", SOLUTION), now=NOW)
    assert Run.objects.filter(pk=run.pk).exists()
    Client().force_login(user, SIGNED_IN)


def rows_of(user_id: int) -> dict[str, int]:
    """How many rows of each table name the person."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.related_model is User:
                count = model._base_manager.filter(**{field.name: user_id}).count()
                if count:
                    found[f"{model._meta.label}.{field.name}"] = count
    return found


def test_the_confirmation_says_what_goes_without_reading_it(
    operator, lived, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        page = operator.get(f"/admin/accounts/user/{lived[0].pk}/delete/")
    assert page.status_code == 200
    assert "all answers, cards, own decks" in page.content.decode()


def test_all_that_is_a_learners_goes_and_nothing_else(operator, lived):
    ada, bob = lived
    kept = rows_of(bob.pk)
    assert rows_of(ada.pk) == kept
    assert len(kept) > 12
    reply = operator.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"}, follow=True)
    assert reply.status_code == 200
    assert not User.objects.filter(pk=ada.pk).exists()
    assert rows_of(ada.pk) == {}
    assert rows_of(bob.pk) == kept
    assert not Grade.objects.exclude(run__user=bob).exists()
    assert set(ReviewEventRow.objects.values_list("user", flat=True)) == {bob.pk}


def test_several_are_closed_at_once(operator, lived):
    chosen = {"_selected_action": [user.pk for user in lived], "action": "delete_selected"}
    assert operator.post("/admin/accounts/user/", chosen).status_code == 200
    operator.post("/admin/accounts/user/", {**chosen, "post": "yes"})
    assert list(User.objects.values_list("username", flat=True)) == ["op"]


def test_nobody_closes_the_account_they_are_signed_in_with(operator, ada):
    me = User.objects.get(username="op")
    page = f"/admin/accounts/user/{me.pk}/delete/"
    assert operator.post(page, {"post": "yes"}).status_code == 403
    chosen = {"_selected_action": [me.pk, ada.pk], "action": "delete_selected"}
    operator.post("/admin/accounts/user/", {**chosen, "post": "yes"})
    assert User.objects.count() == 2


def test_accounts_can_be_looked_up_and_not_edited(operator, ada):
    assert operator.get("/admin/accounts/user/?q=ada").status_code == 200
    page = operator.get(f"/admin/accounts/user/{ada.pk}/change/")
    assert page.status_code == 200
    assert "pbkdf2" not in page.content.decode()
    assert operator.post(f"/admin/accounts/user/{ada.pk}/change/", {}).status_code == 403


def test_a_person_who_may_only_look_closes_nothing(ada, chapters):
    client = Client()
    client.force_login(User.objects.create_user("staff", is_staff=True), SIGNED_IN)
    assert client.post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=ada.pk).exists()
