"""Personal decks and own cards over REST, and the list of all cards."""

from typing import Any
from uuid import uuid4

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from content.domain.own import DESCRIPTION_MAX, TEXT_MAX, TITLE_MAX
from content.format.own import OwnFields
from quizzes.api.serializers import PROMPT_KINDS, OptionReply, checked
from quizzes.domain.browse import SORTS
from quizzes.selectors import browse as cards_of
from quizzes.selectors import decks as decks_of
from quizzes.services import decks as writes
from quizzes.services import own_editing
from studyhub.base.clock import now

_ANSWER_HELP = (
    "As its kind writes it: Markdown (basic); wordings, one a line (short); `9.81 ± 0.01 m/s2` "
    "(numeric); `[x] right` and `[ ] wrong`, one a line (choice, multiple); items, one a line "
    "(ordering); what is printed (code); what to add (cloze, whose gaps are {{words}} in the "
    "question)"
)


class DeckBody(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=TITLE_MAX)
    description = serializers.CharField(
        max_length=DESCRIPTION_MAX, required=False, allow_blank=True, default=""
    )


class DeckReply(serializers.Serializer[Any]):
    slug = serializers.CharField(help_text="Never changes")
    title = serializers.CharField()
    description = serializers.CharField()
    cards = serializers.IntegerField()
    new = serializers.IntegerField()
    due = serializers.IntegerField()


class CardBody(serializers.Serializer[Any]):
    deck = serializers.CharField(max_length=80, help_text="The slug of one of your decks")
    kind = serializers.ChoiceField(choices=PROMPT_KINDS, default="basic")
    question = serializers.CharField(max_length=TEXT_MAX, trim_whitespace=False)
    answer = serializers.CharField(
        max_length=TEXT_MAX, trim_whitespace=False, allow_blank=True, default="",
        help_text=_ANSWER_HELP,
    )  # fmt: skip
    explanation = serializers.CharField(
        max_length=TEXT_MAX, trim_whitespace=False, allow_blank=True, default=""
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=100), max_length=50, default=list
    )


class NewCardBody(CardBody):
    id = serializers.UUIDField(
        required=False, help_text="Chosen by the client, so that a retry makes no second card"
    )
    reverse = serializers.BooleanField(
        default=False, help_text="basic: also a card that asks the other way round"
    )


class OwnCardReply(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The prompt's id, as in sessions and events")
    version = serializers.IntegerField()
    deck = serializers.CharField(source="deck.slug")
    kind = serializers.ChoiceField(choices=PROMPT_KINDS)
    question = serializers.CharField()
    answer = serializers.CharField()
    explanation = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    question_html = serializers.CharField()
    answer_html = serializers.CharField()
    explanation_html = serializers.CharField()
    choices = OptionReply(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        fields = decks_of.as_fields(instance)
        instance.answer = fields.answer  # the text that people write, not the stored form
        return dict(super().to_representation(instance))


class CardsQuery(serializers.Serializer[Any]):
    q = serializers.CharField(
        max_length=300, required=False, allow_blank=True, default="",
        help_text="Words, tag:, deck:, chapter:, kind:, is:due and so on; - turns one around",
    )  # fmt: skip
    sort = serializers.ChoiceField(choices=list(SORTS), default="changed")
    limit = serializers.IntegerField(min_value=1, max_value=cards_of.PAGE_MAX, default=50)
    cursor = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class CardRowReply(serializers.Serializer[Any]):
    prompt = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.ChoiceField(choices=PROMPT_KINDS)
    tags = serializers.ListField(child=serializers.CharField())
    own = serializers.BooleanField()
    deck = serializers.CharField()
    chapter = serializers.CharField(allow_null=True)
    state = serializers.CharField(
        help_text="new, learning, review, relearning, suspended, buried or deleted"
    )
    due = serializers.DateTimeField(allow_null=True)
    lapses = serializers.IntegerField()
    flag = serializers.IntegerField()


class CardsReply(serializers.Serializer[Any]):
    results = CardRowReply(many=True)
    found = serializers.IntegerField(allow_null=True, help_text="Null above 1,000")
    cursor = serializers.CharField(allow_blank=True, help_text="Of the next page; empty at the end")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="What of the search was not understood"
    )


def _fields(asked: dict[str, Any]) -> OwnFields:
    texts = (asked[name] for name in ("kind", "question", "answer", "explanation"))
    return OwnFields(*texts, " ".join(asked["tags"]))


class DecksView(APIView):
    @extend_schema(responses=DeckReply(many=True), operation_id="decks_list")
    def get(self, request: Request) -> Response:
        """Your decks by title: at most 2,000, so not paged."""
        found = decks_of.decks(request.user, now=now())
        return Response(DeckReply(found, many=True).data)

    @extend_schema(request=DeckBody, responses={201: DeckReply})
    def post(self, request: Request) -> Response:
        """Makes a deck. The same title again makes no second one: it gives the first."""
        asked = checked(DeckBody, request.data)
        made = writes.deck_titled(request.user, asked["title"], asked["description"])
        found = decks_of.deck(request.user, made.slug, now=now())
        return Response(DeckReply(found).data, status=status.HTTP_201_CREATED)


class DeckView(APIView):
    @extend_schema(responses=DeckReply)
    def get(self, request: Request, slug: str) -> Response:
        """One deck with its numbers."""
        return Response(DeckReply(decks_of.deck(request.user, slug, now=now())).data)

    @extend_schema(request=DeckBody, responses=DeckReply)
    def put(self, request: Request, slug: str) -> Response:
        """Renames and describes a deck; its slug stays."""
        writes.change_deck(request.user, slug, **checked(DeckBody, request.data))
        return self.get(request, slug)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Deletes a deck and its cards; `restore/` brings all of it back."""
        writes.delete_deck(request.user, slug, now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class DeckRestoreView(APIView):
    @extend_schema(request=None, responses=DeckReply)
    def post(self, request: Request, slug: str) -> Response:
        """Brings a deleted deck back with the cards that were deleted with it."""
        writes.restore_deck(request.user, slug, now=now())
        return Response(DeckReply(decks_of.deck(request.user, slug, now=now())).data)


class DeckCardsView(ListAPIView[Any]):
    """The deck's cards with their texts, in the order they came."""

    serializer_class = OwnCardReply
    ordering = ("position", "pk")

    def get_queryset(self) -> Any:
        deck = decks_of.owned_deck(self.request.user, self.kwargs["slug"])
        return decks_of.own_prompts(self.request.user, deck).select_related("deck")


class CardsView(APIView):
    @extend_schema(operation_id="cards_list", parameters=[CardsQuery], responses=CardsReply)
    def get(self, request: Request) -> Response:
        """All your cards, those of the course and your own: searched, sorted, paged by cursor."""
        asked = checked(CardsQuery, request.query_params)
        page = cards_of.browse(
            request.user,
            now=now(),
            query=asked["q"],
            sort=asked["sort"],
            cursor=asked["cursor"],
            limit=asked["limit"],
        )
        body = {
            "results": page.rows,
            "found": page.found,
            "cursor": page.cursor,
            "problems": page.search.problems,
        }
        return Response(CardsReply(body).data)

    @extend_schema(request=NewCardBody, responses={201: OwnCardReply})
    def post(self, request: Request) -> Response:
        """Writes a card. With an `id` of your own, sending it again gives the same card."""
        asked = checked(NewCardBody, request.data)
        made = own_editing.write_card(
            request.user,
            asked["deck"],
            _fields(asked),
            now=now(),
            chosen=asked.get("id") or uuid4(),
            reverse=asked["reverse"],
        )
        found = decks_of.own_prompt(request.user, made, retired=True)
        return Response(OwnCardReply(found).data, status=status.HTTP_201_CREATED)


_CARD_ID = OpenApiParameter("id", str, OpenApiParameter.PATH, description="my- and 32 digits")


@extend_schema(parameters=[_CARD_ID])
class CardView(APIView):
    @extend_schema(responses=OwnCardReply)
    def get(self, request: Request, id: str) -> Response:
        """One card of your own with its texts."""
        return Response(OwnCardReply(decks_of.own_prompt(request.user, id)).data)

    @extend_schema(request=CardBody, responses=OwnCardReply)
    def put(self, request: Request, id: str) -> Response:
        """Changes a card of your own. What you remember of it stays."""
        asked = checked(CardBody, request.data)
        own_editing.edit_card(request.user, id, _fields(asked), deck_slug=asked["deck"], now=now())
        return self.get(request, id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, id: str) -> Response:
        """Deletes a card of your own, so that it can be restored; again is harmless."""
        decks_of.own_prompt(request.user, id, retired=True)
        own_editing.delete_cards(request.user, [id], now=now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CardRestoreView(APIView):
    @extend_schema(request=None, responses=OwnCardReply, parameters=[_CARD_ID])
    def post(self, request: Request, id: str) -> Response:
        """Brings a deleted card back."""
        own_editing.restore_cards(request.user, [id], now=now())
        return Response(OwnCardReply(decks_of.own_prompt(request.user, id)).data)
