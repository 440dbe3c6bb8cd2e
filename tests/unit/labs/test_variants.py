"""A lab that can stand on one of several data sets, each with thresholds of its own."""

import shutil
from pathlib import Path

import pytest

from labs.domain.errors import DatasetMissing, ExerciseInvalid
from labs.grading import load_exercise
from labs.services.exercises import with_data_here

EXERCISES = Path(__file__).parents[3] / "labs" / "exercises"


@pytest.fixture
def folder(tmp_path) -> Path:
    return Path(shutil.copytree(EXERCISES / "pets", tmp_path / "pets"))


@pytest.fixture
def here(monkeypatch):
    """`here("pets-three")`: only these data sets are on this machine."""

    def bring(*names: str) -> None:
        def locate_all(wanted, home):
            missing = {name: name for name in wanted if name not in names}
            if missing:
                raise DatasetMissing(missing, command="")
            return {}

        monkeypatch.setattr("labs.services.exercises.locate_all", locate_all)

    return bring


def test_each_variant_has_data_answers_and_thresholds_of_its_own(folder):
    full, three = load_exercise(folder).variants
    assert (full.variant, three.variant) == ("37 breeds", "three breeds")
    assert full.data == ("efficientnet-lite0", "pets")
    assert three.data == ("efficientnet-lite0", "pets-three")
    assert (len(full.answer.values), len(three.answer.values)) == (37, 3)
    assert full.thresholds != three.thresholds
    assert full.limits == three.limits


@pytest.mark.parametrize(
    ("brought", "stands_on"),
    [
        (("efficientnet-lite0", "pets", "pets-three"), "37 breeds"),
        (("efficientnet-lite0", "pets-three"), "three breeds"),
        (("pets-three",), "37 breeds"),  # the one that a person is asked to fetch
        ((), "37 breeds"),
    ],
)
def test_a_lab_stands_on_the_first_variant_whose_data_are_here(folder, here, brought, stands_on):
    here(*brought)
    assert with_data_here(load_exercise(folder), Path("/nowhere")).spec.variant == stands_on


def test_a_lab_without_variants_is_its_only_one(here):
    here()
    lab = load_exercise(EXERCISES / "mnist-baseline")
    assert [spec.variant for spec in lab.variants] == [""]
    assert with_data_here(lab, Path("/nowhere")).spec == lab.spec


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "three breeds"', 'name = "37 breeds"', "variant: has a name twice"),
        ('name = "three breeds"\n', "", "variant[1].name: is missing"),
        ("pass = 0.65", "pass = 0.99", "variant[0].grading"),
        ('data = ["pets-three"]', 'data = "pets-three"', "variant[1].data"),
        ("values = [0, 1, 2]", "values = [0, 0, 2]", "variant[1].answer.values"),
        ("[variant.hidden]\nshare = 0.5 ", "[variant.hidden]\nshar = 0.5 ", "Did you mean"),
    ],
)
def test_what_is_wrong_in_a_variant_is_told_with_its_place(folder, old, new, said):
    path = folder / "lab.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ExerciseInvalid) as wrong:
        load_exercise(folder)
    assert said in str(wrong.value.message)


def test_what_is_wrong_for_all_variants_is_told_once(folder):
    with pytest.raises(ExerciseInvalid) as wrong:
        load_exercise(folder, prompts=frozenset(load_exercise(folder).spec.prompts[1:]))
    assert [problem.where for problem in wrong.value.problems] == ["prompts"]


def test_variants_that_are_no_tables_are_refused(folder):
    path = folder / "lab.toml"
    text = path.read_text()
    path.write_text('variant = ["three"]\n' + text[: text.index("[[variant]]")])
    with pytest.raises(ExerciseInvalid):
        load_exercise(folder)
