"""What to study now, undo, and leeches."""

from uuid import UUID, uuid5

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from msgspec import json
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from quizzes import selectors
from quizzes.api.serializers import checked
from quizzes.api.session_serializers import (
    ActReply,
    LeechesQuery,
    LeechesReply,
    LeechReply,
    SessionQuery,
    SessionReply,
    UndoReply,
    UndoRequest,
    session_body,
)
from quizzes.selectors import leeches as leech_list
from quizzes.selectors.acts import last_acts
from quizzes.selectors.practice import ahead, practice
from quizzes.services.leeches import keep_leech
from quizzes.services.undo import undo
from studyhub.base.clock import now

#: Stands for a client that names no device of its own.
_NAMELESS = UUID("c1f3a1de-6a3f-4a6e-9b57-0f6f2f1f8a55")


class SessionView(APIView):
    @extend_schema(parameters=[SessionQuery], responses=SessionReply)
    def get(self, request: Request) -> HttpResponse:
        """What to study now: learning cards, then reviews most at risk first, with the day's new
        cards spread among them. Nothing of it is kept: ask again after each answer, on any device.
        """
        asked = checked(SessionQuery, request.query_params)
        mode, chapters = asked["mode"], asked["chapter"]
        words = {"now": now(), "limit": asked["limit"], "chapters": chapters}
        words |= {"deck": asked.get("deck")}
        if mode == "study":
            words |= {"kind": asked.get("kind"), "flag": asked.get("flag")}
            found = selectors.session(request.user, **words)
        elif mode == "ahead":
            found = ahead(request.user, days=asked["days"], **words)
        else:
            words |= {"what": asked["what"], "days": asked["days"], "since": asked.get("since")}
            found = practice(request.user, mode=mode, **words)
        return HttpResponse(json.encode(session_body(found)), content_type="application/json")


class UndoView(APIView):
    @extend_schema(request=UndoRequest, responses=UndoReply)
    def post(self, request: Request) -> Response:
        """Takes back one act of this study day, whatever device it was made on.

        Name the act by its event, so that sending it again, or from two devices at once, takes
        back that one act only. 409 for what was done on another study day or in a quiz.
        """
        asked = checked(UndoRequest, request.data)
        moment = now()
        taken = undo(
            request.user,
            event_id=asked.get("event"),
            device=asked.get("device") or uuid5(_NAMELESS, str(request.user.pk)),
            now=moment,
        )
        after = last_acts(request.user, now=moment)
        body = {
            "taken_back": ActReply(taken.act).data if taken else None,
            "before": bool(taken and taken.before),
            "next": ActReply(after[0]).data if after else None,
        }
        return Response(body)


class LeechesView(APIView):
    @extend_schema(parameters=[LeechesQuery], responses=LeechesReply)
    def get(self, request: Request) -> Response:
        """Cards that were missed again and again, the oftenest first. Suspend, reset or reword
        them by events; `POST leeches/PROMPT/keep/` goes on with one as it is."""
        asked = checked(LeechesQuery, request.query_params)
        after = asked.get("after")
        lapses, _, card = after.partition("-") if after else ("", "", "")
        found, more = leech_list.leeches(
            request.user,
            after=(int(lapses), int(card)) if after else None,
            limit=asked["limit"],
        )
        return Response(
            {
                "results": LeechReply(found, many=True).data,
                "next": f"{more[0]}-{more[1]}" if more else None,
            }
        )


class KeepLeechView(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, prompt: str) -> Response:
        """Goes on with the card as it is: it is listed again after half as many lapses more."""
        keep_leech(request.user, prompt)
        return Response(status=204)
