"""Exercise folders become labs; data sets are fetched on demand."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from labs.datasets import Progress, Stage
from labs.domain.errors import DatasetUnavailable, DatasetUnknown
from labs.domain.quotas import Quota
from labs.grading import load_exercise
from labs.models import DatasetFetch, Lab
from labs.selectors import fetch_of, labs, room_for
from labs.services import data_sets, exercise_problems, request_fetch, run_fetch, sync_labs

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "labs"
pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path) -> Path:
    shutil.copytree(FIXTURES / "brighter", tmp_path / "brighter")
    return tmp_path


def rewrite(folder: Path, old: str, new: str) -> None:
    toml = folder / "brighter" / "lab.toml"
    text = toml.read_text()
    assert old in text
    toml.write_text(text.replace(old, new))


class TestSync:
    def test_a_folder_becomes_a_lab(self, folder, clock):
        assert sync_labs(folder, now=clock()).created == ("brighter",)
        lab = labs().get()
        assert (lab.title, lab.chapter, lab.device) == ("Which half is brighter?", 4, "cpu")
        assert lab.thresholds["pass"] == 0.8
        assert "<code>data.train_x</code>" in lab.brief_html
        assert "def train" in lab.starter

    def test_a_second_time_changes_nothing(self, folder, clock):
        sync_labs(folder, now=clock())
        before = Lab.objects.values().get()
        report = sync_labs(folder, now=clock.pass_(hours=1))
        assert report.unchanged == ("brighter",)
        assert Lab.objects.values().get() == before

    def test_a_new_title_and_a_new_threshold_are_shown(self, folder, clock):
        sync_labs(folder, now=clock())
        rewrite(folder, "Which half is brighter?", "Light and dark")
        rewrite(folder, "pass = 0.8", "pass = 0.85")
        assert sync_labs(folder, now=clock()).changed == ("brighter",)
        assert (labs().get().title, labs().get().thresholds["pass"]) == ("Light and dark", 0.85)

    def test_a_quota_that_is_written_or_taken_out_holds_from_then_on(self, folder, clock, ada):
        sync_labs(folder, now=clock())
        assert room_for(ada, labs().get(), now=clock()).quota == Quota(10, 60)
        rewrite(folder, "[hidden]", "[quota]\nper_day = 3\n\n[hidden]")
        assert sync_labs(folder, now=clock()).changed == ("brighter",)
        assert room_for(ada, labs().get(), now=clock()).quota == Quota(10, 3)
        rewrite(folder, "[quota]\nper_day = 3\n\n", "")
        assert sync_labs(folder, now=clock()).changed == ("brighter",)
        assert room_for(ada, labs().get(), now=clock()).quota == Quota(10, 60)

    def test_a_removed_lab_is_retired_and_its_runs_stay(self, folder, clock, ada):
        sync_labs(folder, now=clock())
        shutil.rmtree(folder / "brighter")
        assert sync_labs(folder, now=clock()).retired == ("brighter",)
        assert not labs().exists()
        assert Lab.objects.get().retired_at == clock()

    def test_a_lab_that_returns_is_offered_again(self, folder, clock):
        sync_labs(folder, now=clock())
        Lab.objects.update(retired_at=clock())
        sync_labs(folder, now=clock())
        assert labs().count() == 1

    def test_a_broken_folder_is_reported_and_leaves_its_lab_as_it_was(self, folder, clock):
        sync_labs(folder, now=clock())
        rewrite(folder, "pass = 0.8", 'pass = "high"')
        report = sync_labs(folder, now=clock())
        assert "pass" in report.problems[0]
        assert labs().get().thresholds["pass"] == 0.8


class TestCheck:
    """`sync_course --check` looks at the labs' files, too."""

    def check(self) -> tuple[int, str, str]:
        out, errors = StringIO(), StringIO()
        try:
            call_command("sync_course", check=True, stdout=out, stderr=errors)
        except SystemExit as end:
            return int(end.code), out.getvalue(), errors.getvalue()
        return 0, out.getvalue(), errors.getvalue()

    def test_it_tells_what_is_wrong_with_a_lab_and_writes_nothing(self, folder, settings):
        settings.EXERCISES_DIR = folder
        rewrite(folder, "[hidden]", '[quota]\nwaiting = "two"\n\n[hidden]')
        code, out, errors = self.check()
        assert (code, out) == (1, "")
        assert "The exercise in brighter has one problem" in errors
        assert "lab.toml: quota.waiting: is 'two'. Give a whole number from 1 to 20" in errors
        assert "1 problem; nothing was changed." in errors
        assert not Lab.objects.exists()

    def test_a_prompt_that_the_course_lacks_is_told_and_does_not_take_the_lab_away(
        self, folder, settings, clock
    ):
        rewrite(folder, 'device = "cpu"', 'device = "cpu"\nprompts = ["c04-gone"]')
        (told,) = exercise_problems(folder, settings.COURSE_DIR)
        assert "lab.toml: prompts: names the unknown prompt 'c04-gone'." in told
        assert sync_labs(folder, now=clock()).created == ("brighter",)

    def test_each_lab_of_the_course_names_the_prompts_that_it_needs(self, settings):
        assert exercise_problems(settings.EXERCISES_DIR, settings.COURSE_DIR) == ()
        for lab in settings.EXERCISES_DIR.glob("*/lab.toml"):
            assert 8 <= len(load_exercise(lab.parent).spec.prompts) <= 12, lab.parent.name

    def test_labs_in_order_add_no_word(self, folder, settings):
        settings.EXERCISES_DIR = folder
        assert self.check() == (0, "The course is in order.\n", "")


class TestFetching:
    def test_asking_twice_joins_the_fetch_that_is_under_way(
        self, clock, monkeypatch, django_capture_on_commit_callbacks
    ):
        sent = []
        monkeypatch.setattr(
            "labs.queue.current_app.send_task", lambda *args, **more: sent.append(args)
        )
        with django_capture_on_commit_callbacks(execute=True):
            request_fetch("mnist", now=clock())
            request_fetch("mnist", now=clock.pass_(seconds=10))
        assert len(sent) == 1

    def test_a_fetch_that_fell_silent_can_be_asked_for_again(
        self, clock, monkeypatch, django_capture_on_commit_callbacks
    ):
        sent = []
        monkeypatch.setattr(
            "labs.queue.current_app.send_task", lambda *args, **more: sent.append(args)
        )
        with django_capture_on_commit_callbacks(execute=True):
            request_fetch("mnist", now=clock())
            request_fetch("mnist", now=clock.pass_(minutes=5))
        assert len(sent) == 2

    def test_an_unknown_data_set_is_refused(self, clock):
        with pytest.raises(DatasetUnknown):
            request_fetch("nowhere", now=clock())

    def test_a_failed_fetch_shows_why(self, clock, monkeypatch):
        def fail(*args, **more):
            raise DatasetUnavailable("Nothing answered.", cure="Check the network.")

        monkeypatch.setattr("labs.services.fetching.fetch_or_instead", fail)
        request_fetch("mnist", now=clock())
        assert not run_fetch("mnist", clock=clock)
        row = fetch_of("mnist")
        assert (row.state, row.message) == ("failed", "Nothing answered. Check the network.")

    def test_progress_is_written_twice_a_second_at_most(self, clock, monkeypatch):
        updates = []

        def bring(name, home, *, mirror, report):
            for done in range(0, 1000, 10):
                clock.pass_(milliseconds=50)
                report(Progress(name, "x.gz", Stage.DOWNLOADING, done, 1000))
                updates.append(DatasetFetch.objects.get().done)

        monkeypatch.setattr("labs.services.fetching.fetch_or_instead", bring)
        request_fetch("mnist", now=clock())
        assert run_fetch("mnist", clock=clock)
        assert 8 <= len(set(updates)) <= 12
        assert fetch_of("mnist").state == "done"

    def test_what_is_missing_says_what_to_type(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        mnist = next(status for status in data_sets() if status.name == "mnist")
        assert not mnist.present
        assert "17.1 MB. Licence: CC BY-SA 3.0" in mnist.detail
        assert "manage.py fetch_data mnist" in mnist.cure
