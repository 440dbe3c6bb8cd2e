"""Model instances of rows that written SQL brings.

`Model.objects.raw` finds out anew at every call which column is which field and how to read it;
that takes longer than the statements that every call of the API begins with.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Read = Callable[[Any], Any]
M = TypeVar("M", bound=Model)


def columns(model: type[Model], alias: str) -> str:
    """All columns of the model's table, which goes by `alias` in the statement, in SQL."""
    return ", ".join(f'{alias}."{name}"' for name, _ in _fields(model, connection.vendor))


def instance(model: type[M], row: Sequence[Any]) -> M:
    """What the model's own queries would give; `row` has the values of `columns`."""
    fields = _fields(model, connection.vendor)
    values = [
        value if read is None else read(value) for value, (_, read) in zip(row, fields, strict=True)
    ]
    return model.from_db(connection.alias, [name for name, _ in fields], values)


@cache
def _fields(model: type[Model], vendor: str) -> list[tuple[str, Read | None]]:
    """Each column's name, and what makes the field's value of it; None where it is that already."""
    return [(str(field.column), _reader(field)) for field in model._meta.concrete_fields]


def _reader(field: Any) -> Read | None:
    expression = field.get_col(field.model._meta.db_table)
    converters = [
        *connection.ops.get_db_converters(expression),
        *field.get_db_converters(connection),
    ]
    if not converters:
        return None

    def read(value: Any) -> Any:
        for convert in converters:
            value = convert(value, expression, connection)
        return value

    return read
