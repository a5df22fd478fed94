"""The form of an experiment card's file: what a rerun reads of it has to be there, and of its kind."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rb_studio.records.arm import ArmConfig


class _Part(BaseModel):
    """A part of a card; what else stands there is left to later versions."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Suite(_Part):
    name: str
    hash: str


class _Prompt(_Part):
    hash: str
    text: str | None = None


class _Request(_Part):
    base: dict[str, Any]
    memories: list[str]


class _Start(_Part):
    bank: str
    mode: str
    hash: str
    lines: list[dict[str, Any]]


class _Rate(_Part):
    value: float | None


class _Metrics(_Part):
    pass_at_1: _Rate
    best_of_k: _Rate
    pass_at_k: _Rate
    mean_steps: float | None
    cost: float | None
    tokens: dict[str, int | None]


class _Arm(_Part):
    memory: str
    scaling: str
    k: int
    seed: int
    config: dict[str, Any]
    metrics: _Metrics
    canonical: str
    tasks: list[str | None]


class _Card(_Part):
    suite: _Suite
    tasks: list[str]
    models: dict[str, str]
    prompts: dict[str, _Prompt]
    request: _Request
    arms: list[_Arm] = Field(min_length=1)
    start: _Start | None = None


def fault(card: Mapping[str, Any]) -> str | None:
    """What of a card is not as it has to be, in a few words; None where all is."""
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg'][:1].lower()}{first['msg'][1:]}"
    for number, arm in enumerate(card["arms"]):
        try:
            ArmConfig.from_json(arm["config"])
        except (TypeError, AttributeError):
            return f"arms.{number}.config: no configuration that this version knows"
    return None
