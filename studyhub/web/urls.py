from django.urls import path

from studyhub.web import account, entry, theme

urlpatterns = [
    path("enter/<str:token>/", entry.enter, name="enter"),
    path("healthz/", entry.health, name="health"),
    path("theme/", theme.switch, name="theme"),
    path("account/", account.account, name="account"),
    path("account/devices/<str:token_key>/", account.sign_out_device, name="account-device"),
]
