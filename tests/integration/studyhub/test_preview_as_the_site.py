"""What an author sees in the preview is what a learner gets after the sync, sign for sign."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, override_settings

from content.services import sync_course
from studyhub.accounts.models import User
from studyhub.base import clock
from studyhub.preview import settings as preview_settings
from studyhub.preview import views
from studyhub.preview.watching import Watched

pytestmark = pytest.mark.django_db

EXAMPLE = Path(settings.BASE_DIR) / "content" / "examples" / "map-reading"
ADDRESS = "/chapters/from-paper-to-ground/"
ANEW_EACH_TIME = re.compile(r'name="(?:csrfmiddlewaretoken|event)" value="[^"]*"')


def article(client: Client) -> str:
    text = client.get(ADDRESS).content.decode()
    found = re.search(r'<main class="page reader".*</main>', text, re.DOTALL)
    assert found
    return ANEW_EACH_TIME.sub("", found[0])


def test_a_chapter_is_the_same_in_the_preview_and_on_the_site() -> None:
    assert sync_course(EXAMPLE, now=clock.now()).problems == ()
    learner = Client()
    learner.force_login(User.objects.create_user("ada"))
    on_the_site = article(learner)
    assert "From paper to ground" in on_the_site
    views.show(Watched(EXAMPLE))
    with override_settings(
        ROOT_URLCONF=preview_settings.ROOT_URLCONF, MIDDLEWARE=preview_settings.MIDDLEWARE
    ):
        assert article(Client(headers={"host": "127.0.0.1"})).split() == on_the_site.split()
