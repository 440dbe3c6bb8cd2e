"""Taking back what was done this study day, on any device, one act at a time."""

from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest
from django.db import transaction

from quizzes.domain.balance import Move
from quizzes.domain.errors import CannotUndo, EventConflict, EventInvalid, QuizNotFound
from quizzes.domain.events import Kind, Reason
from quizzes.models import Card, ReviewEventRow
from quizzes.selectors import acts, session
from quizzes.selectors.acts import last_acts, sitting
from quizzes.services import add_chapter, record_events, review_prompt
from quizzes.services.intake import locked_memory
from quizzes.services.marks import mark_card, mark_cards, mark_chapter
from quizzes.services.moving import SCHEDULER, PlannedMove, make_moves
from quizzes.services.practice import practise
from quizzes.services.undo import undo
from tests.integration.quizzes.conftest import LAPTOP, NOW, PHONE, sent

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def answer(user, prompt="c04-basic", *, rating=3, at=NOW, device=PHONE) -> UUID:
    event = uuid4()
    review_prompt(user, prompt, rating=rating, device=device, now=at, event_id=event)
    return event


def said(user, **words) -> list[str]:
    return [act.said for act in last_acts(user, now=NOW + HOUR, limit=9, **words)]


def test_an_act_named_twice_is_taken_back_once(ada):
    first, second = answer(ada, "c05-0"), answer(ada, "c05-1", at=NOW + HOUR)
    taken = undo(ada, device=LAPTOP, now=NOW + HOUR, event_id=second)
    again = undo(ada, device=PHONE, now=NOW + HOUR, event_id=second)
    assert (taken.act.event, taken.before) == (second, False)
    assert (again.act.event, again.before) == (second, True)
    assert [act.event for act in last_acts(ada, now=NOW + HOUR)] == [first]
    assert ReviewEventRow.objects.filter(kind="void").count() == 1


def test_an_earlier_act_can_be_taken_back_too(ada):
    first = answer(ada, "c05-0", rating=1)
    answer(ada, "c05-1", at=NOW + HOUR)
    undo(ada, device=LAPTOP, now=NOW + HOUR, event_id=first)
    assert Card.objects.get(prompt="c05-0").removed
    assert not Card.objects.get(prompt="c05-1").removed


def test_what_will_be_taken_back_is_told_the_last_first(ada):
    answer(ada, "c05-0", rating=1)
    mark_card(ada, "c05-0", Kind.FLAG, device=PHONE, now=NOW + HOUR)
    assert said(ada) == ["Flagged", "Rated “Again”"]


def test_an_act_on_many_cards_hides_none_before_it(ada, monkeypatch):
    monkeypatch.setattr(acts, "EVENTS_AN_ACT", 1)
    add_chapter(ada, "pets", now=NOW)
    answer(ada)
    words = {"device": PHONE, "now": NOW + HOUR, "act_id": uuid4()}
    assert mark_chapter(ada, "pets", Kind.SUSPEND, **words) > 2
    assert [act.kind for act in last_acts(ada, now=NOW + HOUR, limit=2)] == ["suspend", "review"]


def test_a_void_that_names_another_card_than_its_target_takes_nothing_back(ada):
    late, void = uuid4(), sent("c05-1", "void", target=str(uuid4()))
    void["target"] = str(late)
    record_events(ada, [void, sent("c05-0", rating=3, id=str(late))], now=NOW)
    assert Card.objects.get(prompt="c05-0").reps == 1
    assert sitting(ada, now=NOW).done == 1
    assert not undo(ada, device=LAPTOP, now=NOW, event_id=late).before


def test_yesterdays_answers_stand(ada):
    event = answer(ada, at=NOW - DAY)
    assert undo(ada, device=LAPTOP, now=NOW) is None
    with pytest.raises(CannotUndo, match="this study day"):
        undo(ada, device=LAPTOP, now=NOW, event_id=event)


def test_what_the_planner_moved_is_no_act_of_the_learner(ada):
    answer(ada)
    move = Move("c04-basic", NOW.date() + 7 * DAY, Reason.BALANCE)
    with transaction.atomic():
        memory = locked_memory(ada)
        make_moves(memory, ada, [PlannedMove(move, SCHEDULER)], today=NOW.date(), now=NOW)
        memory.save()
    assert said(ada) == ["Rated “Good”"]
    moved = ReviewEventRow.objects.get(kind=Kind.SET_DUE)
    with pytest.raises(CannotUndo):
        undo(ada, device=LAPTOP, now=NOW, event_id=moved.event_id)


def test_nobody_undoes_what_is_not_theirs(ada, bob):
    with pytest.raises(QuizNotFound):
        undo(bob, device=LAPTOP, now=NOW, event_id=answer(ada))


def test_a_sitting_is_the_same_wherever_it_is_looked_at(ada):
    answer(ada, "c05-0", rating=1)
    answer(ada, "c05-1", device=LAPTOP, at=NOW + HOUR)
    missed = answer(ada, "c05-2", rating=1, device=LAPTOP, at=NOW + HOUR)
    assert sitting(ada, now=NOW + HOUR).done == 3
    assert sitting(ada, now=NOW + HOUR).missed == ("c05-2", "c05-0")
    undo(ada, device=PHONE, now=NOW + HOUR, event_id=missed)
    assert sitting(ada, now=NOW + HOUR).missed == ("c05-0",)
    assert sitting(ada, now=NOW + DAY).done == 0


# -- marks ------------------------------------------------------------------------------------


def test_a_buried_card_rests_until_the_next_study_day(ada):
    answer(ada, "c05-0", at=NOW - 40 * DAY)
    mark_card(ada, "c05-0", Kind.BURY, device=PHONE, now=NOW)
    assert session(ada, now=NOW).cards == []
    assert len(session(ada, now=NOW.replace(day=3, hour=4)).cards) == 1


def test_a_date_can_be_set(ada):
    answer(ada, "c05-0")
    day = (NOW + 5 * DAY).date()
    view = mark_card(ada, "c05-0", Kind.SET_DUE, device=PHONE, now=NOW, due=day)
    assert (view.due.date(), view.due.hour) == (day, 4)
    for wrong in (None, NOW.date() - DAY, NOW.date() + 4000 * DAY):
        with pytest.raises(EventInvalid):
            mark_card(ada, "c05-0", Kind.SET_DUE, device=PHONE, now=NOW, due=wrong)


def test_a_card_begun_anew_is_new_and_undo_gives_its_history_back(ada):
    answer(ada, "c05-0", rating=4, at=NOW - DAY)
    view = mark_card(ada, "c05-0", Kind.RESET, device=PHONE, now=NOW)
    assert (view.phase, view.reps) == ("new", 0)
    undo(ada, device=PHONE, now=NOW)
    assert Card.objects.get().reps == 1


def test_a_mark_sent_twice_is_made_once(ada):
    answer(ada, "c05-0")
    event = uuid4()
    for moment in (NOW, NOW + HOUR):
        mark_card(ada, "c05-0", Kind.BURY, device=PHONE, now=moment, event_id=event)
    assert ReviewEventRow.objects.filter(kind="bury").count() == 1
    with pytest.raises(EventConflict):
        mark_card(ada, "c05-0", Kind.SUSPEND, device=PHONE, now=NOW, event_id=event)


def test_only_cards_of_ones_own_can_be_marked(ada, bob):
    answer(ada, "c05-0")
    with pytest.raises(QuizNotFound):
        mark_card(bob, "c05-0", Kind.SUSPEND, device=PHONE, now=NOW)


def test_a_whole_chapter_is_suspended_and_brought_back_as_one_act(ada):
    add_chapter(ada, "pets", now=NOW)
    act = uuid4()
    for _ in range(2):
        words = {"device": PHONE, "now": NOW, "act_id": act}
        assert mark_chapter(ada, "pets", Kind.SUSPEND, **words) == 5
    assert session(ada, now=NOW).counts["new"] == 0
    assert said(ada) == ["Suspended 5 cards"]
    undo(ada, device=LAPTOP, now=NOW)
    assert session(ada, now=NOW).counts["new"] == 5
    assert said(ada) == []


def test_a_mark_with_the_id_of_another_is_a_conflict_and_changes_nothing(ada):
    answer(ada, "c05-0")
    flag, date = uuid4(), uuid4()
    day = NOW.date() + DAY
    words = {"device": PHONE, "now": NOW}
    for _ in range(2):
        mark_card(ada, "c05-0", Kind.FLAG, flag=1, event_id=flag, **words)
        mark_card(ada, "c05-0", Kind.SET_DUE, due=day, event_id=date, **words)
    for wrong in (
        {"kind": Kind.FLAG, "flag": 0, "event_id": flag},
        {"kind": Kind.SET_DUE, "due": day + DAY, "event_id": date},
        {"kind": Kind.SET_DUE, "due": day, "event_id": flag},
    ):
        with pytest.raises(EventConflict):
            mark_card(ada, "c05-0", **wrong, **words)
    assert ReviewEventRow.objects.count() == 3
    assert Card.objects.get().flag == 1


def test_an_act_on_many_with_the_id_of_another_is_a_conflict(ada):
    add_chapter(ada, "pets", now=NOW)
    add_chapter(ada, "mnist-basics", now=NOW)
    words = {"device": PHONE, "now": NOW, "act_id": uuid4()}
    mark_chapter(ada, "pets", Kind.SUSPEND, **words)
    for slug, kind in (("pets", Kind.UNSUSPEND), ("mnist-basics", Kind.SUSPEND)):
        with pytest.raises(EventConflict):
            mark_chapter(ada, slug, kind, **words)
    with pytest.raises(EventConflict):
        mark_cards(ada, ["c05-0"], Kind.SUSPEND, **words)
    assert mark_chapter(ada, "pets", Kind.SUSPEND, **words) == 5
    assert Card.objects.filter(suspended=True).count() == 5
    words["act_id"] = uuid4()
    for _ in range(2):
        assert mark_cards(ada, ["c05-0", "c05-1", "\x00"], Kind.FLAG, **words) == 2
    with pytest.raises(EventConflict):
        mark_cards(ada, ["c05-0", "c05-1"], Kind.FLAG, flag=0, **words)


def test_practice_with_the_id_of_another_answer_is_a_conflict(ada):
    event = answer(ada, "c05-0")
    words = {"device": PHONE, "now": NOW, "mode": "cram"}
    with pytest.raises(EventConflict):
        practise(ada, "c05-0", rating=3, event_id=event, **words)
    mine = uuid4()
    for _ in range(2):
        practise(ada, "c05-0", rating=3, event_id=mine, **words)
    for wrong in ({"rating": 1}, {"mode": "preview"}):
        with pytest.raises(EventConflict):
            practise(ada, "c05-0", event_id=mine, **{**words, "rating": 3, **wrong})
    assert ReviewEventRow.objects.filter(kind="practice").count() == 1


def test_an_undo_whose_id_a_device_gave_to_another_event_is_a_conflict(ada):
    event = answer(ada, "c05-0")
    taken = uuid5(event, "void")
    record_events(ada, [sent("c05-1", id=str(taken))], now=NOW)
    with pytest.raises(EventConflict):
        undo(ada, device=PHONE, now=NOW, event_id=event)
    assert Card.objects.get(prompt="c05-0").reps == 1
