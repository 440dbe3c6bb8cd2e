"""Two devices and a server agree, whatever gets lost on the way."""

import random
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from content.models import Chapter, Deck, Prompt
from quizzes.domain.fold import fold
from quizzes.domain.intake import read_event
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import changes
from quizzes.services import add_chapter, change_settings, record_events
from quizzes.services.intake import locked_memory
from studyhub.accounts.models import User
from studyhub.base.errors import CursorInvalid
from tests.integration.quizzes.conftest import LAPTOP, NOW, PHONE, add_prompt, sent

DAY = timedelta(days=1)


def pull_all(user, since: str = "", limit: int = 3) -> tuple[list, str]:
    found = []
    while True:
        page = changes(user, since, limit)
        found += page.changes
        since = page.cursor
        if not page.more:
            return found, since


def test_a_new_device_gets_prompts_first_then_cards_and_events(ada):
    record_events(ada, [sent(), sent("c05-0", seq=2)], now=NOW)
    found, _ = pull_all(ada)
    types = [change.type for change in found]
    assert types[:13] == ["prompt"] * 13
    assert sorted(types[13:]) == ["card", "card", "event", "event"]


def test_after_a_pull_there_is_nothing_until_something_changes(ada):
    record_events(ada, [sent()], now=NOW)
    _, cursor = pull_all(ada)
    assert pull_all(ada, cursor) == ([], cursor)
    record_events(ada, [sent(seq=2, at=NOW + DAY)], now=NOW + DAY)
    found, later = pull_all(ada, cursor)
    assert sorted(change.type for change in found) == ["card", "event"]
    assert pull_all(ada, later)[0] == []


def test_the_cursor_of_a_push_is_the_newest(ada):
    recorded = record_events(ada, [sent()], now=NOW)
    assert changes(ada, recorded.cursor).changes == []


def test_an_edited_prompt_comes_again_and_its_history_stays(ada):
    record_events(ada, [sent()], now=NOW)
    _, cursor = pull_all(ada)
    before = Card.objects.values().get()
    Prompt.objects.filter(pk="c04-basic").update(version=2, updated_at=NOW + DAY)
    found, _ = pull_all(ada, cursor)
    assert [(c.type, c.id, c.data["version"]) for c in found] == [("prompt", "c04-basic", 2)]
    assert Card.objects.values().get() == before


def test_prompts_that_change_at_the_same_instant_all_come_through(ada):
    found, _ = pull_all(ada, limit=1)
    assert len({change.id for change in found}) == len(found) == 13


def test_nobody_pulls_what_belongs_to_another(ada, bob, deck):
    add_prompt(deck, None, "secret", "basic", owner=ada)
    record_events(ada, [sent("secret")], now=NOW)
    found, _ = pull_all(bob)
    assert "secret" not in {change.id for change in found}
    assert {change.type for change in found} == {"prompt"}


def own_prompt(deck, owner, pk: str = "mine") -> Prompt:
    """An own prompt as its writer makes it: numbered under the learner's lock."""
    with transaction.atomic():
        memory = locked_memory(owner)
        prompt = add_prompt(deck, None, pk, "basic", owner=owner, change_seq=memory.next_seq())
        memory.save()
    return prompt


def rewrite(owner, pk: str = "mine", **fields) -> None:
    with transaction.atomic():
        memory = locked_memory(owner)
        Prompt.objects.filter(pk=pk).update(change_seq=memory.next_seq(), **fields)
        memory.save()


def test_an_own_prompt_comes_by_the_learners_number_and_only_to_them(ada, bob, deck):
    _, mine = pull_all(ada)
    _, theirs = pull_all(bob)
    own_prompt(deck, ada)
    [change] = pull_all(ada, mine)[0]
    assert (change.type, change.id, change.data["own"]) == ("prompt", "mine", True)
    assert pull_all(bob, theirs)[0] == []
    assert "mine" not in {change.id for change in pull_all(bob)[0]}


def test_an_own_prompt_that_was_saved_during_a_course_sync_is_not_missed(ada, deck):
    """Its own time of change lies before the newest text of the course; its number does not."""
    _, cursor = pull_all(ada)
    own_prompt(deck, ada)
    Prompt.objects.filter(pk="mine").update(updated_at=NOW - 99 * DAY)
    assert [change.id for change in pull_all(ada, cursor)[0]] == ["mine"]


def test_a_deleted_own_prompt_is_announced_and_keeps_its_text_to_itself(ada, deck):
    own_prompt(deck, ada)
    _, cursor = pull_all(ada)
    rewrite(ada, retired_at=NOW)
    [change] = pull_all(ada, cursor)[0]
    assert (change.type, change.id, change.data) == ("removed", "mine", {"type": "prompt"})
    rewrite(ada, retired_at=None)
    assert pull_all(ada, cursor)[0][-1].type == "prompt"


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_no_card_comes_before_the_text_it_shows_also_where_that_was_edited(ada, deck, limit):
    own_prompt(deck, ada)
    record_events(ada, [sent("mine"), sent("c05-0", seq=2)], now=NOW)
    rewrite(ada, version=2)
    types = [change.type for change in pull_all(ada, limit=limit)[0] if change.id == "mine"]
    assert types[0] == "prompt"
    assert sorted(set(types)) == ["card", "prompt"]


def test_the_learners_plan_comes_with_the_settings(ada):
    _, cursor = pull_all(ada)
    with transaction.atomic():
        memory = locked_memory(ada)
        memory.easy_days, memory.reviews_per_day = [1.0] * 6 + [0.0], 50
        memory.settings_seq = memory.next_seq()
        memory.save()
    [change] = pull_all(ada, cursor)[0]
    assert change.data["easy_days"][6] == 0.0
    assert (change.data["reviews_per_day"], change.data["refold"]) == (50, None)


def test_settings_come_with_the_changes(ada):
    _, cursor = pull_all(ada)
    change_settings(ada, {"new_per_day": 7}, now=NOW)
    [change] = pull_all(ada, cursor)[0]
    assert (change.type, change.data["new_per_day"]) == ("settings", 7)
    assert len(change.data["parameters"]) == 21


def test_new_parameters_come_as_settings_too(ada):
    record_events(ada, [sent()], now=NOW)
    _, cursor = pull_all(ada)
    record_events(ada, [sent(None, "parameters", seq=2, desired_retention=0.85)], now=NOW)
    [change] = [change for change in pull_all(ada, cursor)[0] if change.type == "settings"]
    assert change.data["desired_retention"] == 0.85


def test_added_chapters_reach_the_other_device(ada):
    _, cursor = pull_all(ada)
    add_chapter(ada, "pets", now=NOW)
    found, _ = pull_all(ada, cursor)
    assert {(c.type, c.data["phase"]) for c in found} == {("card", "new")}
    assert len(found) == 5


@pytest.mark.parametrize("cursor", ["x", "-1", "1.2", "9" * 30, "1.2.\x00", "1;drop"])
def test_a_cursor_that_was_never_given_out_is_refused(ada, cursor):
    with pytest.raises(CursorInvalid):
        changes(ada, cursor)


@pytest.mark.parametrize("cursor", ["", None, "0", "999", "5.999999999999999999.zzz"])
def test_odd_but_well_formed_cursors_are_answered(ada, cursor):
    assert changes(ada, cursor) is not None


def test_an_event_comes_back_as_it_was_sent_with_its_effective_time(ada):
    event = sent(at=NOW + 3 * DAY, rating=2, duration_ms=5, version=1)
    record_events(ada, [event], now=NOW)
    [change] = [c for c in pull_all(ada)[0] if c.type == "event"]
    assert change.data == {**event, "effective_at": "2026-03-02T10:00:00.000Z"}


class Device:
    """A client: keeps a log, sends it in batches, may lose answers, pulls what others did."""

    def __init__(self, user: User, device: UUID) -> None:
        self.user, self.device = user, device
        self.unsent: list[dict] = []
        self.log: dict[str, dict] = {}
        self.cards: dict[str, dict] = {}
        self.cursor = ""

    def push(self, size: int, now, *, ack_lost: bool) -> None:
        batch = self.unsent[:size]
        recorded = record_events(self.user, batch, now=now)
        assert all(r.status in ("created", "duplicate") for r in recorded.results)
        if not ack_lost:
            self.unsent = self.unsent[size:]

    def pull(self, limit: int) -> None:
        found, self.cursor = pull_all(self.user, self.cursor, limit)
        for change in found:
            if change.type == "event":
                self.log[change.id] = change.data
            elif change.type == "card":
                self.cards[change.id] = change.data
            elif change.type == "removed":
                self.cards.pop(change.id, None)


class TwoDevices(TestCase):
    """Hypothesis runs every example in a transaction of its own."""

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(seed=st.integers(0, 10**9), steps=st.integers(1, 25))
    def test_two_devices_converge_under_any_batching_and_lost_answers(self, seed, steps):
        chance = random.Random(seed)
        user = User.objects.create_user("ada")
        deck = Deck.objects.create(slug="course", title="Course")
        chapter = Chapter.objects.create(
            deck=deck, slug="c", number=4, title="c", position=4, updated_at=NOW
        )
        prompts = ["a", "b"]
        for position, prompt in enumerate(prompts):
            add_prompt(deck, chapter, prompt, "basic", position=position)
        devices = [Device(user, PHONE), Device(user, LAPTOP)]
        written: list[dict] = []
        for step in range(steps):
            device = chance.choice(devices)
            event = self._event(chance, device, step, prompts, written)
            written.append(event)
            device.unsent.append(event)
            if chance.random() < 0.5:
                device.push(chance.randint(1, 5), NOW + 60 * DAY, ack_lost=chance.random() < 0.4)
            if chance.random() < 0.3:
                device.pull(chance.randint(1, 4))
        for device in devices:
            while device.unsent:
                device.push(chance.randint(1, 5), NOW + 60 * DAY, ack_lost=False)
        for device in devices:
            device.pull(2)
        left, right = devices
        assert left.log == right.log
        assert left.cards == right.cards
        assert set(left.log) == {event["id"] for event in written}
        assert ReviewEventRow.objects.count() == len(written)
        self._matches_a_fold_of_everything(left, written, prompts)

    @staticmethod
    def _event(chance, device, step, prompts, written) -> dict:
        prompt = chance.choice(prompts)
        at = NOW + timedelta(minutes=chance.randint(0, 50_000))
        targets = [e for e in written if e["prompt"] == prompt and e["kind"] != "void"]
        if targets and chance.random() < 0.2:
            target = chance.choice(targets)["id"]
            return sent(prompt, "void", at=at, device=device.device, seq=step, target=target)
        kind = chance.choice(["review"] * 4 + ["suspend", "unsuspend", "reset", "flag", "practice"])
        event = sent(prompt, kind, at=at, device=device.device, seq=step)
        if kind == "review":
            event["rating"] = chance.randint(1, 4)
        return event

    @staticmethod
    def _matches_a_fold_of_everything(device, written, prompts) -> None:
        events = [read_event(event, received=NOW + 60 * DAY) for event in written]
        for prompt in prompts:
            state = fold(event for event in events if event.prompt == prompt)
            if state is None:
                assert prompt not in device.cards
                continue
            for name in ("phase", "stability", "difficulty", "reps", "lapses", "suspended"):
                assert device.cards[prompt][name] == getattr(state, name)
            assert Card.objects.get(prompt=prompt).state() == state
