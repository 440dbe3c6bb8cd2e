"""Operators look at labs and runs here; they may stop a run, or ask for it or its grade again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from labs.models import DatasetFetch, Grade, Lab, Run, Submission
from labs.services import cancel, regrade_lab, regrade_run, run_again
from studyhub.base.admin import ReadOnlyAdmin
from studyhub.base.clock import now
from studyhub.base.errors import StudyHubError
from studyhub.base.words import counted


@admin.register(Lab)
class LabAdmin(ReadOnlyAdmin):
    list_display = ("title", "slug", "chapter", "device", "retired_at", "updated_at")
    actions = ("grade_again",)

    @admin.action(description="Grade all their runs again", permissions=("view",))
    def grade_again(self, request: HttpRequest, labs: QuerySet[Lab]) -> None:
        for lab in labs:
            try:
                regrade_lab(request.user, lab.slug, reason="", now=now())
            except StudyHubError as refusal:
                messages.error(request, f"{lab.title}: {refusal.message} {refusal.cure}")
            else:
                messages.success(request, f"{lab.title}: all graded runs are graded again.")


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "lab", "filename", "created_at")
    list_filter = ("lab",)
    list_select_related = ("user", "lab")
    search_fields = ("user__username", "sha256")
    exclude = ("content",)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("id", "lab", "user", "state", "attempt", "worker", "created_at", "finished_at")
    list_filter = ("state", "lab", "device")
    list_select_related = ("user", "lab")
    search_fields = ("user__username", "=id")
    actions = ("stop", "run_again", "grade_again")

    @admin.action(description="Stop the chosen runs", permissions=("view",))
    def stop(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        for run in runs:
            cancel(request.user, run.pk, now=now())
        messages.success(request, f"{counted(len(runs), 'run was', 'runs were')} asked to stop.")

    @admin.action(description="Run the same files again", permissions=("view",))
    def run_again(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        for run in runs:
            try:
                run_again(request.user, run.pk, now=now())
            except StudyHubError as refusal:
                messages.error(request, f"Run {run.pk}: {refusal.message} {refusal.cure}")
            else:
                messages.success(request, f"Run {run.pk} was queued again.")

    @admin.action(
        description="Grade the same predictions again, by what the lab asks now",
        permissions=("view",),
    )
    def grade_again(self, request: HttpRequest, runs: QuerySet[Run]) -> None:
        for run in runs:
            try:
                regrade_run(request.user, run.pk, reason="", now=now())
            except StudyHubError as refusal:
                messages.error(request, f"Run {run.pk}: {refusal.message} {refusal.cure}")
            else:
                messages.success(request, f"Run {run.pk} is graded again.")


@admin.register(Grade)
class GradeAdmin(ReadOnlyAdmin):
    list_display = ("run", "grade", "score", "flagged", "graded_at")
    list_filter = ("grade", ("flagged", admin.EmptyFieldListFilter))
    list_select_related = ("run",)
    exclude = ("predictions",)


@admin.register(DatasetFetch)
class DatasetFetchAdmin(ReadOnlyAdmin):
    list_display = ("slug", "state", "done", "total", "message", "updated_at")
