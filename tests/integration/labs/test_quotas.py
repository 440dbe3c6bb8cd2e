"""How many runs a learner may have waiting and start in a day, and who is served first."""

import threading
from itertools import groupby

import pytest
from django.db import connection

from labs.domain.fairness import Priority
from labs.domain.outcome import RunOutcome
from labs.domain.quotas import MAX_LIVE_RUNS
from labs.domain.refusals import QueueFull, RunUnknown, SubmissionConflict
from labs.domain.runs import State
from labs.models import Lab, Run
from labs.selectors import queue_positions, room_for
from labs.services import cancel, claims, run_again
from studyhub.accounts.models import User

CPU = ("cpu", "either")


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("grace", password="grace", is_staff=True)


@pytest.fixture
def serve(clock):
    """`serve()` claims and ends every waiting run with one worker; the users in their order."""

    def all_() -> list[str]:
        served = []
        while held := claims.claim_next(
            devices=CPU, worker="elsewhere/1", now=clock.pass_(seconds=1)
        ):
            served.append(Run.objects.select_related("user").get(pk=held.run_id).user.username)
            claims.finish(held, RunOutcome(State.ERRORED), now=clock())
        return served

    return all_


@pytest.fixture
def end(clock):
    """Ends all live runs at once."""

    def end_(**changes) -> None:
        changes = {"state": "errored", "finished_at": clock(), **changes}
        Run.objects.filter(finished_at=None).update(**changes)

    return end_


class TestTurns:
    def test_fifty_runs_of_ten_learners_are_served_in_rounds(self, lab, hand_in, serve):
        learners = [User.objects.create_user(f"learner-{n}") for n in range(10)]
        for learner in learners:
            for _ in range(5):
                hand_in(learner)
        served = serve()
        assert len(served) == 50
        for first in range(0, 50, 10):
            assert len(set(served[first : first + 10])) == 10

    def test_a_learner_who_comes_late_waits_for_one_round_at_most(
        self, ada, bob, lab, hand_in, clock
    ):
        for _ in range(5):
            hand_in(ada)
        for _ in range(2):
            held = claims.claim_next(devices=CPU, worker="w/1", now=clock.pass_(seconds=1))
            claims.finish(held, RunOutcome(State.ERRORED), now=clock())
        late = hand_in(bob)
        assert claims.claim_next(devices=CPU, worker="w/1", now=clock()).run_id == late.pk

    def test_one_run_of_staff_goes_ahead_and_its_others_wait_their_turn(
        self, ada, bob, staff, hand_in, serve
    ):
        for user in (ada, ada, bob, staff, staff, staff):
            hand_in(user)
        assert serve() == ["grace", "ada", "bob", "grace", "ada", "grace"]

    def test_a_run_that_staff_asked_for_waits_until_no_learner_does(
        self, ada, bob, staff, hand_in, serve, clock
    ):
        first = hand_in(ada)
        serve()
        again = run_again(staff, first.pk, now=clock())
        assert (again.user, again.asked_by, again.priority) == (ada, staff, Priority.BULK)
        for user in (bob, bob, ada):
            hand_in(user)
        assert serve() == ["bob", "ada", "bob", "ada"]

    def test_being_served_in_bulk_takes_nobodys_turn(self, ada, bob, staff, hand_in, serve, clock):
        first = hand_in(bob)
        hand_in(ada)
        serve()
        run_again(staff, first.pk, now=clock())
        serve()
        hand_in(ada)
        hand_in(bob)
        # Bob's own turn was the longer ago, whatever staff asked for since.
        assert serve() == ["bob", "ada"]

    def test_the_shown_position_is_the_order_of_claiming_across_lanes(
        self, ada, bob, staff, hand_in, clock
    ):
        earlier = hand_in(ada)
        cancel(ada, earlier.pk, now=clock())
        run_again(staff, earlier.pk, now=clock())
        for user in (ada, bob, staff, ada, staff):
            hand_in(user)
        shown = [run for run, _ in sorted(queue_positions("cpu").items(), key=lambda p: p[1])]
        served = []
        while held := claims.claim_next(devices=CPU, worker="w/1", now=clock.pass_(seconds=1)):
            served.append(held.run_id)
            claims.finish(held, RunOutcome(State.ERRORED), now=clock())
        assert served == shown


class TestWaiting:
    def test_a_learner_has_so_many_live_runs_of_a_lab(self, ada, bob, lab, hand_in, clock):
        lab.quota = {"waiting": 2}
        lab.save()
        first = hand_in(ada)
        hand_in(ada)
        with pytest.raises(QueueFull, match="2 runs of this lab waiting or running"):
            hand_in(ada)
        hand_in(bob)
        cancel(ada, first.pk, now=clock())
        hand_in(ada)

    def test_over_all_labs_there_is_one_more_limit(self, ada, lab, hand_in, clock, settings):
        settings.LAB_QUOTA_WAITING = 1_000
        for _ in range(MAX_LIVE_RUNS):
            hand_in(ada)
        with pytest.raises(QueueFull, match=f"You have {MAX_LIVE_RUNS} runs waiting"):
            hand_in(ada)

    @pytest.mark.django_db(transaction=True)
    def test_uploads_at_the_same_moment_are_counted_one_by_one(self, ada, lab, hand_in):
        lab.quota = {"waiting": 3}
        lab.save()
        start = threading.Barrier(6)

        def send() -> None:
            start.wait()
            try:
                hand_in(ada)
            except QueueFull:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Run.objects.count() == 3


class TestDays:
    @pytest.fixture(autouse=True)
    def _two_a_day(self, lab: Lab) -> None:
        lab.quota = {"per_day": 2}
        lab.save()

    def test_the_third_run_is_refused_with_the_time_when_it_is_free(self, ada, hand_in, end, clock):
        hand_in(ada)
        clock.pass_(hours=3)
        hand_in(ada)
        end()
        clock.pass_(hours=1, minutes=10)
        with pytest.raises(QueueFull) as refused:
            hand_in(ada)
        assert refused.value.cure == "The next one is free in 19 h 50 min, at 08:00 UTC."
        assert refused.value.wait == 19 * 3600 + 50 * 60
        clock.time = refused.value.free_at
        hand_in(ada)

    def test_what_never_began_and_what_this_site_failed_at_is_not_counted(
        self, ada, lab, hand_in, end, clock
    ):
        cancel(ada, hand_in(ada).pk, now=clock())
        hand_in(ada)
        end(error={"kind": "platform", "message": "", "detail": ""})
        assert room_for(ada, lab, now=clock()).today == 0
        hand_in(ada)
        end(error={"kind": "raised", "message": "", "detail": ""})
        assert room_for(ada, lab, now=clock()).today == 1

    def test_a_closed_lab_says_so_on_its_page_and_to_the_api(self, ada, lab, hand_in, client):
        lab.quota = {"per_day": 0}
        lab.save()
        with pytest.raises(QueueFull, match="takes no runs at present"):
            hand_in(ada)
        client.force_login(ada)
        assert client.get("/api/v1/labs/threes/").json()["room"]["open"] is False
        assert "This lab takes no runs at present." in client.get("/labs/threes/").text

    def test_the_page_and_the_api_tell_the_quota(self, ada, lab, client):
        client.force_login(ada)
        assert client.get("/api/v1/labs/threes/").json()["room"] == {
            "open": True,
            "waiting": 10,
            "per_day": 2,
            "live": 0,
            "today": 0,
            "free_at": None,
        }
        assert "2 in 24 hours, 10 at once" in client.get("/labs/threes/").text

    def test_another_lab_has_a_day_of_its_own(self, ada, hand_in, end, clock, lab):
        hand_in(ada)
        hand_in(ada)
        end()
        other = Lab.objects.create(slug="other", title="Other", chapter=5, updated_at=clock())
        assert room_for(ada, other, now=clock()).open
        assert not room_for(ada, lab, now=clock()).open

    def test_staff_have_no_limit_a_day(self, staff, hand_in, end):
        for _ in range(4):
            hand_in(staff)
            end()

    def test_what_staff_ask_for_is_not_the_learners(self, ada, staff, lab, hand_in, end, clock):
        first = hand_in(ada)
        end()
        run_again(staff, first.pk, now=clock())
        assert room_for(ada, lab, now=clock()).today == 1


class TestAgain:
    def test_a_file_runs_again_with_its_own_or_another_seed(self, ada, hand_in, clock):
        first = hand_in(ada, seed=7)
        same = run_again(ada, first.pk, now=clock())
        other = run_again(ada, first.pk, now=clock(), seed=8)
        assert [run.seed for run in (first, same, other)] == [7, 7, 8]
        assert {run.submission_id for run in (first, same, other)} == {first.submission_id}
        assert same.repeats == other.repeats == first

    def test_a_stranger_cannot_repeat_a_run(self, ada, bob, hand_in, clock):
        with pytest.raises(RunUnknown):
            run_again(bob, hand_in(ada).pk, now=clock())

    def test_the_same_key_again_gives_the_same_run(self, ada, hand_in, clock):
        first = hand_in(ada)
        runs = [run_again(ada, first.pk, now=clock(), key="k") for _ in range(2)]
        assert runs[0] == runs[1]
        assert Run.objects.count() == 2

    def test_a_key_used_for_another_seed_is_a_conflict(self, ada, hand_in, clock):
        first = hand_in(ada)
        run_again(ada, first.pk, now=clock(), key="k")
        with pytest.raises(SubmissionConflict):
            run_again(ada, first.pk, now=clock(), seed=5, key="k")

    def test_it_counts_in_the_quota(self, ada, lab, hand_in, clock):
        lab.quota = {"waiting": 1}
        lab.save()
        first = hand_in(ada)
        with pytest.raises(QueueFull):
            run_again(ada, first.pk, now=clock())


def test_rounds_hold_for_any_worker_count(lab, hand_in, clock):
    learners = [User.objects.create_user(f"learner-{n}") for n in range(4)]
    for learner in learners:
        for _ in range(3):
            hand_in(learner)
    order = []
    held = []
    while True:
        while len(held) < 3 and (
            claim := claims.claim_next(devices=CPU, worker="w/1", now=clock.pass_(seconds=1))
        ):
            held.append(claim)
            order.append(Run.objects.get(pk=claim.run_id).user_id)
        if not held:
            break
        claims.finish(held.pop(0), RunOutcome(State.ERRORED), now=clock())
    rounds = [order[n : n + 4] for n in range(0, 12, 4)]
    assert all(len(set(one)) == 4 for one in rounds)
    assert all(len(list(group)) == 1 for _, group in groupby(order))
