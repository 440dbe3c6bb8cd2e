"""Entering the site: one-time links, device tokens, problem+json."""

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.management import CommandError, call_command
from django.test import Client

from studyhub.accounts.models import DeviceToken, User
from studyhub.accounts.services import ensure_owner, issue_entry_link
from studyhub.base import clock

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token/"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="a long enough secret")


def test_a_fresh_site_has_one_owner_however_often_it_starts():
    assert ensure_owner() == ensure_owner()
    assert ensure_owner().is_superuser
    assert not ensure_owner().has_usable_password()


def test_the_sign_in_link_works_once_and_is_gone_the_second_time(client: Client):
    link = f"/enter/{issue_entry_link(ensure_owner(), now=clock.now())}/"
    assert client.get(link).status_code == 302
    assert client.session["_auth_user_id"] == str(ensure_owner().pk)
    again = Client().get(link)
    assert again.status_code == 410
    assert "make up" in again.content.decode()


def test_a_new_link_withdraws_the_older_unused_one(client: Client):
    older = issue_entry_link(ensure_owner(), now=clock.now())
    issue_entry_link(ensure_owner(), now=clock.now())
    assert client.get(f"/enter/{older}/").status_code == 410


def test_a_token_is_given_for_name_and_password_and_opens_the_api(client: Client, ada: User):
    reply = client.post(
        TOKEN,
        {"username": "ada", "password": "a long enough secret", "device": "phone"},
        content_type="application/json",
    )
    assert reply.status_code == 200
    assert reply.json()["expires"]
    devices = Client().get(
        "/api/v1/auth/devices/", headers={"Authorization": f"Token {reply.json()['token']}"}
    )
    assert [device["device"] for device in devices.json()["results"]] == ["phone"]


def test_a_wrong_password_is_a_problem_with_a_reason(client: Client, ada: User):
    reply = client.post(
        TOKEN,
        {"username": "ada", "password": "wrong", "device": "phone"},
        content_type="application/json",
    )
    assert reply.status_code == 401
    assert reply["Content-Type"] == "application/problem+json"
    assert reply.json()["detail"] == "Name and password do not fit."


def test_missing_fields_are_named_one_by_one(client: Client):
    reply = client.post(TOKEN, {}, content_type="application/json")
    assert reply.status_code == 400
    assert set(reply.json()["errors"]) == {"username", "password", "device"}


def test_an_account_with_a_second_factor_needs_its_code(client: Client, ada: User):
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(ada, secret)
    asked = {"username": "ada", "password": "a long enough secret", "device": "phone"}
    refused = client.post(TOKEN, asked, content_type="application/json")
    assert refused.status_code == 401
    assert "otp" in refused.json()["detail"]
    counter = next(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(secret, counter))
    accepted = client.post(TOKEN, {**asked, "otp": code}, content_type="application/json")
    assert accepted.status_code == 200


def test_the_same_device_name_again_replaces_the_token(
    ada: User, capsys: pytest.CaptureFixture[str]
):
    call_command("create_token", "ada", "--device", "laptop")
    call_command("create_token", "ada", "--device", "laptop")
    assert DeviceToken.objects.filter(user=ada).count() == 1


def test_a_withdrawn_device_is_signed_out(client: Client, ada: User):
    token = client.post(
        TOKEN,
        {"username": "ada", "password": "a long enough secret", "device": "phone"},
        content_type="application/json",
    ).json()["token"]
    header = {"Authorization": f"Token {token}"}
    device = client.get("/api/v1/auth/devices/", headers=header).json()["results"][0]["id"]
    assert client.delete(f"/api/v1/auth/devices/{device}/", headers=header).status_code == 204
    assert client.get("/api/v1/auth/devices/", headers=header).status_code == 401


def test_a_token_for_nobody_says_whom_it_looked_for():
    with pytest.raises(CommandError, match="no user named 'nobody'"):
        call_command("create_token", "nobody", "--device", "laptop")


def test_an_address_that_is_not_there_is_a_problem_too(client: Client):
    reply = client.get("/api/v1/nowhere/")
    assert reply.status_code == 404
    assert reply["Content-Type"] == "application/problem+json"


def test_guessing_passwords_is_slowed_down(client: Client, ada: User):
    guess = {"username": "ada", "password": "wrong", "device": "phone"}
    statuses = [
        client.post(TOKEN, guess, content_type="application/json").status_code for _ in range(11)
    ]
    assert statuses[-1] == 429
