"""What is read of a candidate: its texts and origin, why it is doubted, and the item that is nearest to it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.origin_reads import Origin, origin
from rb_studio.gui.rooms.memories.reads import Detail
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs import bulk
from rb_studio.jobs.bulk import Plan
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_vectors import keep_vectors
from rb_studio.models.protocol import Embedder
from rb_studio.records.item_text import embedded_text
from rb_studio.records.memory import ItemState
from rb_studio.records.review import Doubt
from rb_studio.store import review
from rb_studio.store.items import ItemFilter, ItemRow
from rb_studio.store.temporal import chain, visible
from rb_studio.store.vectors import items_without_vector

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.store.picture import BankPicture

FEW = 1000  # texts without a vector that are embedded without asking
COMPARED = (ItemState.ACTIVE, ItemState.CANDIDATE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item to decide on; `copies` are the other items, waiting or in use, of the very same words."""

    detail: Detail
    origin: Origin | None
    doubts: tuple[Doubt, ...]
    copies: tuple[ItemRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """The item in use, or waiting too, that is nearest; None where there is nothing to compare with.

    `unembedded` items could not be compared.
    """

    row: ItemRow | None
    cosine: float = 0.0
    unembedded: int = 0


@dataclass(frozen=True, slots=True)
class Rest:
    """What deciding on all that are left would do; `sure` are those without doubts, with what is done to them alone."""

    ids: tuple[int, ...]
    plan: Plan
    sure: tuple[int, ...]
    sure_plan: Plan


def candidate(conn: sqlite3.Connection, bank_id: int, item_id: int) -> Candidate | None:
    """All about one item; None where the bank does not show it any more."""
    detail = reads.detail(conn, bank_id, item_id)
    if detail is None:
        return None
    found = review.doubts(conn, [item_id]).get(item_id, ())
    return Candidate(detail, origin(conn, bank_id, item_id), found, _copies(conn, bank_id, detail.row))


def waiting(conn: sqlite3.Connection, bank_id: int) -> int:
    """How many candidates a bank has."""
    states, params = visible("item_state", chain(conn, bank_id))
    return int(conn.execute(f"SELECT count(*) FROM ({states}) WHERE state = 'candidate'", params).fetchone()[0])


def rest(conn: sqlite3.Connection, bank_id: int, state: ItemState) -> Rest:
    """All candidates of a bank on their way into a state."""
    ids = review.queue(conn, bank_id)
    doubted = review.doubts(conn, ids)
    sure = [item for item in ids if item not in doubted]
    return Rest(tuple(ids), _plan(conn, bank_id, ids, state), tuple(sure), _plan(conn, bank_id, sure, state))


def nearest(frame: "Frame", picture: "BankPicture", found: Candidate, ticket: Ticket) -> Near:
    """The nearest item of other words, by vector."""
    row = found.detail.row
    own = {row.id, *(copy.id for copy in found.copies)}
    conn = frame.session.workspace.reader()
    with chosen_embedder(frame.settings().embedder) as embedder:
        ticket.check()
        picture.use_vectors(conn, embedder.identity)
        picture.refresh(conn)
        ticket.check()
        _embed_few(frame, picture, embedder, ticket)
        vector = embedder.embed([embedded_text(row)])[0]
    among = picture.find(conn, ItemFilter(states=COMPARED))
    near = [(item, cosine) for item, cosine in picture.nearest(vector, among, len(own) + 1) if item not in own]
    rows = reads.rows(conn, picture.bank_id, [item for item, _ in near[:1]])
    for item, cosine in near[:1]:
        if item in rows:
            return Near(rows[item], cosine, picture.unembedded())
    return Near(None, unembedded=picture.unembedded())


def _copies(conn: sqlite3.Connection, bank_id: int, row: ItemRow) -> tuple[ItemRow, ...]:
    same = conn.execute(
        "SELECT DISTINCT o.item FROM item_version v JOIN item_version o ON o.text_hash = v.text_hash "
        "WHERE v.item = ? AND v.number = ? AND o.item <> v.item",
        (row.id, row.version),
    ).fetchall()
    rows = reads.rows(conn, bank_id, [one[0] for one in same]) if same else {}
    return tuple(one for one in rows.values() if one.state in COMPARED and _words(one) == _words(row))


def _words(row: ItemRow) -> tuple[str, str, str]:
    return row.title, row.description, row.content


def _embed_few(frame: "Frame", picture: "BankPicture", embedder: Embedder, ticket: Ticket) -> None:
    """Embed what has no vector where that takes but seconds."""
    workspace, missing = frame.session.workspace, picture.unembedded()
    if missing and missing <= FEW and workspace.writable:
        conn, wanted = workspace.reader(), picture.without_vector(FEW)
        texts = items_without_vector(conn, picture.bank_id, embedder.identity, items=wanted)
        keep_vectors(workspace.run, sorted(set(texts.values())), embedder, ticket.tell)
        picture.use_vectors(conn, embedder.identity)


def _plan(conn: sqlite3.Connection, bank_id: int, ids: Sequence[int], state: ItemState) -> Plan:
    return bulk.plan_state(conn, bank_id, ids, state)
