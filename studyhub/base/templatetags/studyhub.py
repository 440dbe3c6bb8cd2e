"""Template words and signs shared by the pages of all apps: `{% load studyhub %}`."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from studyhub.base import clock, words
from studyhub.base.charts import percent as percent_words
from studyhub.base.charts import recall_bar, skill_bar

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A sign from the sprite in base.html; words beside it say the same."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name
    )


@register.filter
def coded(text: str) -> SafeString:
    """What stands between `backticks` in our own sentences, as code."""
    parts = str(text).split("`")
    if len(parts) % 2 == 0:
        return format_html("{}", text)
    pieces = [format_html("<code>{}</code>" if i % 2 else "{}", p) for i, p in enumerate(parts)]
    return mark_safe("".join(pieces))  # each piece was escaped above


@register.filter
def counted(count: int, noun: str) -> str:
    """{{ 3|counted:"card" }} -> 3 cards; {{ 2|counted:"box,boxes" }} -> 2 boxes."""
    one, _, many = noun.partition(",")
    return words.counted(count, one, many)


@register.filter
def number_word(count: int) -> str:
    return words.number_word(count)


@register.filter
def span(seconds: float) -> str:
    return words.span(seconds)


@register.filter
def took(seconds: float) -> str:
    return words.took(seconds)


@register.filter
def about_minutes(seconds: float) -> str:
    return words.minutes(seconds)


@register.filter
def percent(share: float, digits: int = 1) -> str:
    return percent_words(share, digits)


@register.filter
def file_size(count: int) -> str:
    return words.size(count)


@register.filter
def due(when: datetime) -> str:
    return words.due(timezone.localtime(when), timezone.localtime(clock.now()))


@register.filter
def ago(when: datetime) -> str:
    return words.ago(timezone.localtime(when), timezone.localtime(clock.now()))


@register.filter
def long_day(when: date) -> str:
    return words.day(when)


@register.filter
def short_day(when: date) -> str:
    return words.short_day(when)


@register.simple_tag
def recall(share: float | None) -> SafeString:
    return mark_safe(recall_bar(share))


@register.simple_tag
def skill(grade: str | None, started: bool = False) -> SafeString:
    return mark_safe(skill_bar(grade, started=started))
