"""Figures of a result as the run's page words them."""

from labs.web.feedback import confusion_of


def diagonal(matrix: list[list[int]]) -> list[str]:
    confusion = confusion_of({"confusion": {"labels": [3, 7], "matrix": matrix}})
    assert confusion is not None
    return [row.cells[place].text for place, row in enumerate(confusion.rows)]


def test_a_class_with_a_single_mistake_is_not_said_to_be_all_right():
    assert diagonal([[332, 1], [0, 352]]) == ["99", "100"]


def test_a_class_with_a_single_hit_is_not_said_to_be_all_wrong():
    assert diagonal([[1, 499], [7, 0]]) == ["1", "0"]
