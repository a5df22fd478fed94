"""Model calls: a request is its settings and the ordered blobs of its messages, each stored once."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rb_studio.records.calls import CallSettings, LlmCall, Message, Reply, Usage
from rb_studio.store import blobs
from rb_studio.store.rows import dump, load, upsert
from rb_studio.store.trajectory_rows import dump_failure, load_failure, load_usage

if TYPE_CHECKING:
    from sqlite_utils import Database

LONGEST_HEADING = 40
SHORTEST_BODY = 200


def save_call(db: "Database", run_id: int, task_key: str, call: LlmCall) -> int:
    """Write one call; returns its id."""
    reply = call.reply
    usage = reply.usage or Usage()
    row = {
        "uid": call.uid,
        "run": run_id,
        "task_key": task_key,
        "rollout_uid": call.rollout_uid,
        "role": call.role,
        "number": call.number,
        "step": call.step,
        "seed": call.seed,
        "prompt_hash": call.prompt_hash,
        "request": _request(db, call),
        "text": blobs.put(db, reply.text),
        "reasoning": blobs.put_optional(db, reply.reasoning),
        "tokens_prompt": usage.prompt,
        "tokens_completion": usage.completion,
        "cost": reply.cost,
        "finish": reply.finish,
        "failure": dump_failure(reply.failure),
        "model": reply.model,
        "dropped": dump(reply.dropped),
        "attempts": reply.attempts,
        "latency": reply.latency,
        "extra": dump(dict(call.extra)),
    }
    return upsert(db, "llm_call", row, ("run", "uid"))


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


def _request(db: "Database", call: LlmCall) -> str:
    """Blobs are named by their ids: sixty-four digits a message would outweigh the messages."""
    messages = [_parts(db, message) for message in call.messages]
    settings = call.settings
    return dump({"temperature": settings.temperature, "max_tokens": settings.max_tokens, "messages": messages})


def _parts(db: "Database", message: Message) -> list[Any]:
    """Role and blob; a heading before a long text stands apart, so that a page is one blob with its observation.

    What is taken apart depends on the message alone: equal requests have equal text.
    """
    heading, newline, body = message.content.partition(":\n")
    if (
        message.role == "user"
        and len(heading) <= LONGEST_HEADING
        and "\n" not in heading
        and len(body) >= SHORTEST_BODY
    ):
        return [message.role, blobs.put(db, body), heading + newline]
    return [message.role, blobs.put(db, message.content)]


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
