from django.urls import path

from studyhub.web import account, coverage, entry, notes, theme, today

urlpatterns = [
    path("", today.today, name="today"),
    path("enter/<str:token>/", entry.enter, name="enter"),
    path("healthz/", entry.health, name="health"),
    path("chapters/", notes.chapters, name="chapters"),
    path("chapters/<slug:slug>/", notes.chapter, name="chapter"),
    path("chapters/<slug:slug>/add/", notes.add, name="chapter-add"),
    path("chapters/<slug:slug>/prompts/<slug:prompt_id>/", notes.answer, name="chapter-prompt"),
    path("coverage/", coverage.courses, name="coverage"),
    path("coverage/<slug:slug>/", coverage.chapter, name="coverage-chapter"),
    path("theme/", theme.switch, name="theme"),
    path("account/", account.account, name="account"),
    path("account/devices/<str:token_key>/", account.sign_out_device, name="account-device"),
]
