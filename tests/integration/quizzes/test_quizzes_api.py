"""The list of quizzes, the retake and the override, over HTTP with a device token."""

from uuid import uuid4

import pytest

from tests.integration.quizzes.test_api import Phone


@pytest.fixture
def phone(ada) -> Phone:
    return Phone(ada)


def finished(phone, **change):
    quiz = phone.post("quizzes/", {"chapters": ["pets"], "size": 2, **change}).json()
    for question in quiz["questions"]:
        body = {"question": question["id"], "answer": 4}
        assert phone.post(f"quizzes/{quiz['id']}/answers/", body).status_code == 200
    phone.post(f"quizzes/{quiz['id']}/finish/")
    return quiz


def test_quizzes_are_listed_newest_first_in_pages(bob, phone):
    made = [finished(phone)["id"] for _ in range(3)]
    finished(Phone(bob))
    still_open = phone.post("quizzes/", {"chapters": ["pets"], "feedback": "end"}).json()["id"]
    page = phone.get("quizzes/", limit=3).json()
    assert [row["id"] for row in page["results"]] == [still_open, made[2], made[1]]
    assert page["results"][0] | {"score": None, "right": None} == page["results"][0]
    assert page["results"][1]["score"] == 0
    assert (page["results"][1]["questions"], page["results"][1]["answered"]) == (2, 2)
    rest = phone.client.get(page["next"]).json()
    assert [row["id"] for row in rest["results"]] == [made[0]]
    assert rest["next"] is None


def test_a_retake_with_an_id_of_ones_own_can_be_repeated(phone):
    quiz = finished(phone)
    body = {"id": str(uuid4())}
    first, again = (phone.post(f"quizzes/{quiz['id']}/retake/", body) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (201, body["id"])
    assert again.json() == first.json()
    assert first.json()["retake_of"] == quiz["id"]
    other = finished(phone)
    assert phone.post(f"quizzes/{other['id']}/retake/", body).status_code == 409
    assert phone.post(f"quizzes/{quiz['id']}/retake/", {"id": "seven"}).status_code == 400


def test_a_retake_without_an_id_is_one_quiz_until_it_is_finished(phone):
    quiz = finished(phone)
    first, again = (phone.post(f"quizzes/{quiz['id']}/retake/", {}).json() for _ in range(2))
    assert again == first
    assert first["retake_of"] == quiz["id"]
    phone.post(f"quizzes/{first['id']}/finish/")
    later = phone.post(f"quizzes/{quiz['id']}/retake/", {}).json()
    assert later["id"] not in (first["id"], quiz["id"])


def test_a_quiz_id_that_was_used_for_another_request_is_a_conflict(phone):
    body = {"id": str(uuid4()), "chapters": ["pets"], "size": 2}
    first, again = (phone.post("quizzes/", body) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    other = phone.post("quizzes/", {**body, "chapters": ["mnist-basics"]})
    assert (other.status_code, other["Content-Type"]) == (409, "application/problem+json")


def test_an_override_is_told_beside_the_graded_verdict_and_can_be_repeated(phone):
    quiz = finished(phone)
    url = f"quizzes/{quiz['id']}/answers/{quiz['questions'][0]['id']}/override/"
    first, again = (phone.post(url, {"correct": True}) for _ in range(2))
    assert first.status_code == 200
    assert (first.json()["correct"], first.json()["override"]) == (False, True)
    assert again.json() == first.json()
    told = phone.get(f"quizzes/{quiz['id']}/").json()
    assert (told["score"], told["overridden"]) == (0.5, 1)
    assert phone.post(url, {"correct": False}).json()["override"] is None
    assert phone.get(f"quizzes/{quiz['id']}/").json()["score"] == 0


def test_an_override_that_says_nothing_or_comes_from_someone_else_is_refused(bob, phone):
    quiz = finished(phone)
    url = f"quizzes/{quiz['id']}/answers/{quiz['questions'][0]['id']}/override/"
    for body in ({}, {"correct": "perhaps"}, [], None):
        assert phone.post(url, body).status_code == 400
    assert Phone(bob).post(url, {"correct": True}).status_code == 404
    far = f"quizzes/{quiz['id']}/answers/{10**30}/override/"
    assert phone.post(far, {"correct": True}).status_code == 404


def test_an_override_before_the_verdict_is_told_is_a_conflict(phone):
    quiz = phone.post("quizzes/", {"chapters": ["pets"], "feedback": "end"}).json()
    question = quiz["questions"][0]["id"]
    url = f"quizzes/{quiz['id']}/answers/{question}/override/"
    assert phone.post(url, {"correct": True}).status_code == 409
    phone.post(f"quizzes/{quiz['id']}/answers/", {"question": question, "answer": 4})
    assert phone.post(url, {"correct": True}).status_code == 409
