"""Model calls: a request is its settings and the ordered blobs of its messages, each stored once."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rb_studio.records.calls import CallSettings, LlmCall, Message, Reply, Usage
from rb_studio.store import blobs
from rb_studio.store.rows import cleaned, dump, load
from rb_studio.store.sheet import Sheet
from rb_studio.store.trajectory_rows import dump_failure, load_failure, load_usage

if TYPE_CHECKING:
    from sqlite_utils import Database

LONGEST_HEADING = 40
SHORTEST_BODY = 200
# Of a call, what does not stand on texts or on whom it belongs to; a packed call's row holds it in this order.
COLUMNS = (
    "uid",
    "rollout_uid",
    "role",
    "number",
    "step",
    "seed",
    "prompt_hash",
    "tokens_prompt",
    "tokens_completion",
    "cost",
    "finish",
    "failure",
    "model",
    "dropped",
    "attempts",
    "latency",
    "extra",
)
_CALL = ("run", "task_key", "request", "text", "reasoning", *COLUMNS)


class PackedCall(NamedTuple):
    """A call as a row that stands on texts by their place.

    `request` takes the ids of the texts in `messages`; `row` holds the values of `COLUMNS`.
    """

    request: str
    messages: tuple[int, ...]
    text: int
    reasoning: int | None
    row: tuple[Any, ...]


def pack_call(texts: blobs.Texts, call: LlmCall) -> PackedCall:
    """A call made ready to be written; its texts join `texts`."""
    reply = call.reply
    usage = reply.usage or Usage()
    row = cleaned(
        (
            call.uid,
            call.rollout_uid,
            call.role,
            call.number,
            call.step,
            call.seed,
            call.prompt_hash,
            usage.prompt,
            usage.completion,
            reply.cost,
            reply.finish,
            dump_failure(reply.failure),
            reply.model,
            dump(reply.dropped),
            reply.attempts,
            reply.latency,
            dump(dict(call.extra)),
        )
    )
    parts = [_parts(message) for message in call.messages]
    places = tuple(texts.place(body) for _, body, _ in parts)
    request = _request(call.settings, [(role, heading) for role, _, heading in parts])
    return PackedCall(request, places, texts.place(reply.text), texts.place_optional(reply.reasoning), row)


def put_calls(sheet: Sheet, run_id: int, task_key: str, calls: Iterable[PackedCall], ids: blobs.Ids) -> None:
    """Add calls in their order; `ids` are those of their texts."""
    rows = [
        (run_id, task_key, request % tuple(map(ids.__getitem__, messages)), ids[text], ids[reasoning], *row)
        for request, messages, text, reasoning, row in calls
    ]
    sheet.add("llm_call", _CALL, rows, ("run", "uid"))


def save_calls(db: "Database", run_id: int, task_key: str, calls: Iterable[LlmCall]) -> None:
    """Write calls that are not packed."""
    texts, sheet = blobs.Texts(), Sheet(db)
    packed = [pack_call(texts, call) for call in calls]
    put_calls(sheet, run_id, task_key, packed, blobs.put_all(db, texts.packed()))
    sheet.write()


def read_calls(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[LlmCall]:
    """Call rows as records, with the messages as they were sent."""
    requests = [load(row["request"]) for row in rows]
    wanted = [message[1] for request in requests for message in request["messages"]]
    texts = blobs.get_many(conn, [*wanted, *(row[column] for row in rows for column in ("text", "reasoning"))])
    return [
        LlmCall(
            uid=row["uid"],
            role=row["role"],
            number=row["number"],
            seed=row["seed"],
            messages=tuple(_message(message, texts) for message in request["messages"]),
            settings=CallSettings(request["temperature"], request["max_tokens"]),
            reply=_reply(row, texts[row["text"]], None if row["reasoning"] is None else texts[row["reasoning"]]),
            rollout_uid=row["rollout_uid"],
            step=row["step"],
            prompt_hash=row["prompt_hash"],
            extra=load(row["extra"]),
        )
        for row, request in zip(rows, requests, strict=True)
    ]


def _request(settings: CallSettings, messages: Iterable[tuple[str, str]]) -> str:
    """JSON with a place for each blob's id: sixty-four digits a message would outweigh the messages."""
    listed = ",".join(_message_format(role, heading) for role, heading in messages)
    numbers = dump({"temperature": settings.temperature, "max_tokens": settings.max_tokens})
    return f'{numbers[:-1]},"messages":[{listed}]}}'


@lru_cache(maxsize=512)
def _message_format(role: str, heading: str) -> str:
    quoted = dump(role).replace("%", "%%")
    return f"[{quoted},%d,{dump(heading).replace('%', '%%')}]" if heading else f"[{quoted},%d]"


def _parts(message: Message) -> tuple[str, str, str]:
    """Role, text, and the heading before a long one, apart so that a page is one blob with its observation.

    What is taken apart depends on the message alone: equal requests have equal text.
    """
    heading, newline, body = message.content.partition(":\n")
    if (
        message.role == "user"
        and len(heading) <= LONGEST_HEADING
        and "\n" not in heading
        and len(body) >= SHORTEST_BODY
    ):
        return message.role, body, heading + newline
    return message.role, message.content, ""


def _message(parts: Sequence[Any], texts: Mapping[int | None, str]) -> Message:
    """A message from role, blob and, where one stands apart, its heading."""
    return Message(parts[0], "".join(parts[2:]) + texts[parts[1]])


def _reply(row: sqlite3.Row, text: str, reasoning: str | None) -> Reply:
    return Reply(
        text=text,
        reasoning=reasoning,
        usage=load_usage(row),
        finish=row["finish"],
        failure=load_failure(row["failure"]),
        model=row["model"],
        dropped=tuple(load(row["dropped"])),
        attempts=row["attempts"],
        latency=row["latency"],
        cost=row["cost"],
    )
