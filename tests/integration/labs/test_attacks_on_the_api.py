"""A learner who means harm, at the labs' addresses: each request is answered, none with a 500."""

import itertools
import json
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from labs.domain.runs import State
from labs.models import Grade, Run, RunEvent, Submission
from labs.services import cancel, claims, regrade_run, run_again
from studyhub.accounts.models import User
from studyhub.base.clock import now as real_now
from tests.integration.labs.conftest import SOLUTION
from tests.integration.labs.test_claims import PASSED

IDS = ("0", "2147483648", "9223372036854775808", "1" + "0" * 40, "9" * 5_000)
OF_A_RUN = (
    "/api/v1/runs/{}/",
    "/api/v1/runs/{}/events/",
    "/api/v1/runs/{}/attempts/",
    "/api/v1/runs/{}/grades/",
    "/api/v1/runs/{}/diff/?with=1",
    "/api/v1/runs/{}/artefact/",
    "/sse/runs/{}/",
    "/runs/{}/",
    "/runs/{}/part/",
    "/runs/{}/changes/",
    "/runs/{}/artefact/",
    "/runs/{}/worst/0.png",
    "/runs/{}/figures/1.svg",
)
ACTS_ON_A_RUN = (
    "/api/v1/runs/{}/cancel/",
    "/api/v1/runs/{}/again/",
    "/runs/{}/cancel/",
    "/runs/{}/again/",
)
WRITES = (
    ("post", "/api/v1/labs/threes/submissions/"),
    ("post", "/api/v1/labs/threes/check/"),
    ("put", "/api/v1/labs/threes/settings/"),
    ("post", "/api/v1/labs/threes/regrade/"),
    ("post", "/api/v1/runs/{}/again/"),
    ("post", "/api/v1/runs/{}/cancel/"),
    ("post", "/api/v1/runs/{}/regrade/"),
    ("post", "/labs/threes/hand-in/"),
    ("post", "/labs/threes/check/"),
    ("post", "/labs/threes/name/"),
    ("post", "/runs/{}/again/"),
)
BODIES = (
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"seed":' * 50_000),
    ("application/json", b'{"seed": NaN, "anonymous": NaN, "reason": NaN}'),
    ("application/json", b'{"seed": 1e400, "anonymous": [], "reason": {}}'),
    ("application/json", b'{"seed": ' + b"9" * 6_000 + b', "anonymous": "x"}'),
    ("application/json", b'{"seed": true, "anonymous": 2, "reason": "\\ud800\\u0000"}'),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json; charset=nowhere", b"{}"),
    ("application/json", b"null"),
    ("application/json", b'"text"'),
    ("application/json", b"[1, 2]"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(2_000))),
    ("application/x-www-form-urlencoded", b"key=%00&seed=new&anonymous=%ff&file=x"),
    ("multipart/form-data", b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--"),
    ("text/plain", b"file"),
    ("", b"file"),
)
NAMES = (
    'filename="../../etc/solution.py"',
    'filename="C:\\\\temp\\\\solution.py"',
    'filename="a\\"b.py"',
    'filename=".py"',
    'filename="solution.py\x00.png"',
    f'filename="{"n" * 5_000}.py"',
    "filename*=UTF-8''%2e%2e%2fsolution%2Epy",
    "filename*=nowhere''solution.py",
    "filename*=utf-16''%ff%fe%00",
    "filename*=utf-8'solution.py",
    "filename*=''''",
    'filename="\u202eyp.exe.py"',
    'filename="<script>alert(1)</script>.py"',
)


@pytest.fixture
def mallory(ada) -> Client:
    """Signed in on pages, and so to the API as well; what breaks is an answer, not an exception."""
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    return client


@pytest.fixture
def run(ada, hand_in) -> Run:
    return hand_in(ada)


def body(disposition: str, content: bytes = SOLUTION, more: str = "") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; {disposition}\r\n{more}\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


def test_no_number_of_a_run_breaks_an_address(mallory, run):
    answers = {
        (address, number[:20]): getattr(mallory, method)(address.format(number)).status_code
        for method, addresses in (("get", OF_A_RUN), ("post", ACTS_ON_A_RUN))
        for address, number in itertools.product(addresses, IDS)
    }
    assert {place: code for place, code in answers.items() if code not in (404, 415)} == {}


def test_no_other_number_in_an_address_or_question_breaks_it(mallory, run):
    numbers = ("-1", "x", "%00", "1.5", "٣", "", *IDS)
    places = [
        f"/api/v1/runs/{run.pk}/diff/?with={{}}",
        f"/api/v1/runs/{run.pk}/events/?after={{}}",
        f"/runs/{run.pk}/changes/?since={{}}",
        f"/runs/{run.pk}/?smooth={{0}}&beside={{0}}&beside={{0}}",
        f"/runs/{run.pk}/figures/{{}}.svg",
        f"/runs/{run.pk}/worst/{{}}.png",
        "/labs/threes/?before={}",
        "/api/v1/regradings/{}/",
        "/api/v1/labs/threes/submissions/?cursor={}",
        "/api/v1/labs/?cursor={}",
    ]
    asked = [place.format(number) for place, number in itertools.product(places, numbers)]
    codes = {each[:60]: mallory.get(each).status_code for each in asked}
    assert {place: code for place, code in codes.items() if code >= 500} == {}


# A stream lets go of its connection, which a test within a transaction would miss.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("number", ["-1", "x", "9" * 30, "1e3", "", "٣", "0x10"])
def test_a_stream_resumes_at_the_beginning_where_its_id_is_no_number(
    mallory, run, number, clock, ada
):
    cancel(ada, run.pk, now=clock())
    for asked in (
        {"headers": {"Last-Event-ID": number}, "path": f"/sse/runs/{run.pk}/"},
        {"path": f"/sse/runs/{run.pk}/?after={number}"},
    ):
        told = b"".join(mallory.get(**asked).streaming_content).decode()
        assert "id: 1\nevent: state" in told
        assert told.endswith("event: done\ndata: {}\n\n")


@pytest.mark.parametrize(("method", "address"), WRITES)
def test_no_body_breaks_an_address(mallory, run, method, address):
    path = address.format(run.pk)
    codes = [
        (kind, content[:30], mallory.generic(method.upper(), path, content, kind).status_code)
        for kind, content in BODIES
    ]
    assert [each for each in codes if each[-1] >= 500] == []
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head", "trace"])
def test_no_method_breaks_an_address(mallory, run, method):
    addresses = [*(each for _, each in WRITES), *(each for each in OF_A_RUN if "/sse/" not in each)]
    codes = {each: getattr(mallory, method)(each.format(run.pk)).status_code for each in addresses}
    assert {place: code for place, code in codes.items() if code >= 500} == {}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("address", [each for _, each in WRITES if "threes" in each][:2])
def test_a_files_name_is_a_word_to_show_and_no_place(mallory, lab, name, address):
    kind = "multipart/form-data; boundary=x"
    answer = mallory.generic("POST", address, body(name), kind)
    assert answer.status_code < 500
    for stored in Submission.objects.all():
        assert not {"/", "\\", "\x00", "\u202e"} & set(stored.filename)
        assert len(stored.filename) <= 200


@pytest.mark.parametrize("name", NAMES)
def test_nor_on_the_page(mallory, lab, name):
    answer = mallory.generic(
        "POST", "/labs/threes/check/", body(name), "multipart/form-data; boundary=x"
    )
    assert answer.status_code < 500
    assert b"<script>alert" not in mallory.get("/labs/threes/").content


@pytest.mark.parametrize(
    "more",
    [
        "Content-Type: application/json; charset=nowhere\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Type: \xff\r\n",
        f"X-Long: {'x' * 20_000}\r\n",
    ],
)
def test_a_parts_own_headers_break_nothing(mallory, lab, more):
    content = body('filename="solution.py"', more=more)
    kind = "multipart/form-data; boundary=x"
    for address in ("/api/v1/labs/threes/submissions/", "/labs/threes/hand-in/"):
        assert mallory.generic("POST", address, content, kind).status_code < 500


def notebook(**cell: object) -> bytes:
    code = {"cell_type": "code", "source": SOLUTION.decode(), "outputs": [], **cell}
    return json.dumps({"cells": [code], "nbformat": 4, "metadata": {}}).encode()


DEEP = b'{"a":' * 400 + b"1" + b"}" * 400


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (notebook(outputs=[{"data": {"text/html": "<script>alert(1)</script>" * 1_000}}]), True),
        (notebook(metadata={"__proto__": {"x": 1}, "tags": ["\ud800", "\x00"]}), True),
        (notebook().replace(b'"metadata": {}', b'"metadata": ' + DEEP), True),
        (notebook().replace(b'"metadata": {}', b'"metadata": NaN, "x": -Infinity'), True),
        (notebook(cell_type=["code"]), False),
        (notebook(source={"x": 1}), False),
        (b"[" * 1_000_000, False),
        (b'{"cells": 1e999}', False),
        (b'{"cells": [' + b"9" * 100_000 + b"]}", False),
        (b'{"cells": [[[{}]]]}', False),
    ],
)
def test_of_a_notebook_only_its_code_counts(mallory, lab, content, taken):
    file = SimpleUploadedFile("a.ipynb", content)
    answer = mallory.post("/api/v1/labs/threes/submissions/", {"file": file})
    assert answer.status_code == (201 if taken else 400)
    if taken:
        page = mallory.get(f"/runs/{answer.json()['id']}/").content
        assert b"<script>alert" not in page


@pytest.mark.parametrize("number", ["NaN", "-1", "1e3", "2147483648", "9" * 2_000, "\x00", "true"])
def test_a_seed_is_a_number_or_explained(mallory, lab, number):
    file = SimpleUploadedFile("a.py", SOLUTION)
    answer = mallory.post("/api/v1/labs/threes/submissions/", {"file": file, "seed": number})
    assert answer.status_code == 400
    assert answer.json()["errors"]["seed"]
    assert not Run.objects.exists()


# -- other people's --------------------------------------------------------------------------------
def test_nothing_of_a_strangers_run_is_told_or_done(mallory, bob, hand_in, clock):
    theirs = hand_in(bob, SOLUTION + b"# a secret of bob\n")
    claim = claims.claim_next(devices=("cpu",), worker="w", now=clock.pass_(seconds=1))
    for phase in (State.PREPARING, State.TRAINING, State.PREDICTING, State.GRADING):
        claims.enter(claim, phase, now=clock())
    claims.finish(claim, PASSED, now=clock())
    before = Run.objects.values().get(pk=theirs.pk), RunEvent.objects.count()
    places = [*(("get", each) for each in OF_A_RUN), *(("post", each) for each in ACTS_ON_A_RUN)]
    answers = [getattr(mallory, method)(each.format(theirs.pk)) for method, each in places]
    assert {answer.status_code for answer in answers} <= {404, 415}
    assert not any(b"secret of bob" in answer.content for answer in answers)
    assert (
        mallory.post(
            f"/api/v1/runs/{theirs.pk}/regrade/", content_type="application/json"
        ).status_code
        == 403
    )
    assert (Run.objects.values().get(pk=theirs.pk), RunEvent.objects.count()) == before


def test_a_strangers_run_is_neither_laid_under_ones_own_nor_compared(mallory, bob, run, hand_in):
    theirs = hand_in(bob, SOLUTION + b"# a secret of bob\n")
    assert mallory.get(f"/api/v1/runs/{run.pk}/diff/?with={theirs.pk}").status_code == 404
    assert mallory.get(f"/runs/{run.pk}/changes/?since={theirs.pk}").status_code == 404
    beside = mallory.get(f"/runs/{run.pk}/?beside={theirs.pk}")
    assert f"Run {theirs.pk}" not in beside.text


def test_a_run_that_never_was_and_a_strangers_are_told_alike(mallory, bob, hand_in):
    theirs = mallory.get(f"/api/v1/runs/{hand_in(bob).pk}/").json()
    nowhere = mallory.get("/api/v1/runs/987654/").json()
    assert {**theirs, "instance": ""} == {**nowhere, "instance": ""}


# -- at the same moment ----------------------------------------------------------------------------
def at_once(*acts) -> list[object]:
    """What each returned or raised."""
    start = threading.Barrier(len(acts))
    told: list[object] = [None] * len(acts)

    def go(place: int) -> None:
        start.wait()
        try:
            told[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - it is the result
            told[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def post(user: User, content: bytes = SOLUTION, **headers: str) -> object:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    file = SimpleUploadedFile("solution.py", content)
    return client.post("/api/v1/labs/threes/submissions/", {"file": file}, headers=headers)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_posts_in_parallel_get_no_more_than_the_quota(self, ada, lab):
        lab.quota = {"waiting": 2}
        lab.save()
        codes = sorted(each.status_code for each in at_once(*[lambda: post(ada)] * 8))
        assert codes == [201] * 2 + [429] * 6
        assert Run.objects.count() == Submission.objects.count() == 2

    def test_posts_and_repeats_in_parallel_share_the_quota(self, ada, lab, run, clock):
        lab.quota = {"waiting": 3}
        lab.save()
        again = [lambda: run_again(ada, run.pk, now=clock())] * 4
        at_once(*again, *[lambda: post(ada)] * 4)
        assert Run.objects.count() == 3

    def test_one_key_in_parallel_is_one_run_even_where_the_quota_has_room_for_one(self, ada, lab):
        lab.quota = {"waiting": 1}
        lab.save()
        answers = at_once(*[lambda: post(ada, **{"Idempotency-Key": "same"})] * 6)
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert Run.objects.count() == 1

    def test_one_key_for_repeats_in_parallel_is_one_run(self, ada, lab, run, clock):
        lab.quota = {"waiting": 2}
        lab.save()
        runs = at_once(*[lambda: run_again(ada, run.pk, now=clock(), key="k")] * 6)
        assert len({each.pk for each in runs}) == 1
        assert Run.objects.count() == 2

    def test_one_key_for_two_files_in_parallel_is_one_run_and_a_conflict(self, ada, lab):
        key = {"Idempotency-Key": "same"}
        answers = at_once(lambda: post(ada, **key), lambda: post(ada, SOLUTION + b"# 2\n", **key))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert Run.objects.count() == 1

    def test_a_run_that_is_stopped_claimed_and_repeated_at_once_ends_once(self, ada, run):
        def claim() -> None:
            held = claims.claim_next(devices=("cpu",), worker="w", now=real_now())
            # What was asked for since the run was read is seen at the next look, as by the beat.
            while held is not None and not claims.give_back(
                Run.objects.get(pk=held.run_id), why="Lost.", now=real_now(), where=held.condition
            ):
                pass

        stop = [lambda: cancel(ada, run.pk, now=real_now())] * 3
        told = at_once(*stop, claim, lambda: run_again(ada, run.pk, now=real_now()))
        assert [each for each in told if isinstance(each, Exception)] == []
        run.refresh_from_db()
        assert run.state == "cancelled"
        events = list(run.events.order_by("seq").values_list("seq", "kind", "data"))
        assert [seq for seq, _, _ in events] == list(range(1, run.last_seq + 1))
        assert [d["state"] for _, kind, d in events if kind == "state"].count("cancelled") == 1
        assert Run.objects.count() == 2

    def test_grading_again_asked_for_at_once_is_one_wish(self, ada, bob, run, clock):
        bob.is_staff = True
        bob.save()
        held = claims.claim_next(devices=("cpu",), worker="w", now=clock.pass_(seconds=1))
        for phase in (State.PREPARING, State.TRAINING, State.PREDICTING, State.GRADING):
            claims.enter(held, phase, now=clock())
        claims.finish(held, PASSED, now=clock())
        wishes = at_once(*[lambda: regrade_run(bob, run.pk, reason="", now=clock())] * 5)
        assert len({wish.pk for wish in wishes}) == 1
        assert Grade.objects.count() == 1
