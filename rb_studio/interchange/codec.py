"""Records to plain JSON values and back, checked field by field."""

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import TypeAdapter

Record = TypeVar("Record", bound="DataclassInstance")


def to_plain(record: "DataclassInstance") -> dict[str, Any]:
    """A record as nested dicts, tuples and plain values; enumerations are their text."""
    return asdict(record)


def from_plain(cls: type[Record], data: Any) -> Record:
    """A record from plain values; unknown fields are ignored. Raises ValueError naming the field at fault."""
    from pydantic import ValidationError

    try:
        value: Record = _adapter(cls).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or cls.__name__
        raise ValueError(f"{field}: {first['msg']}") from error
    return value


@cache
def _adapter(cls: type[Any]) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(cls)
