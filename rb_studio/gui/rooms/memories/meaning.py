"""Search by meaning: the items nearest to a text, among those that pass the rest of the query."""

import threading
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories.reads import EVERY_STATE, Found
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_query import ItemQuery
from rb_studio.jobs.item_vectors import keep_vectors, missing_texts, other_embedders
from rb_studio.store.index import ItemIndex
from rb_studio.store.items import item_ids

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame

NEAREST = 200
FEW = 300  # texts without a vector that are embedded without asking: a few seconds


class MeaningSearch:
    """Keeps the searchable picture of the bank last asked for."""

    def __init__(self, frame: "Frame") -> None:
        self._frame = frame
        self._guard = threading.Lock()
        self._index: ItemIndex | None = None

    def find(self, bank_id: int, query: ItemQuery, ticket: Ticket) -> Found:
        """The nearest items, best first; `unembedded` counts those left out for want of a vector."""
        workspace = self._frame.session.workspace
        conn = workspace.reader()
        with self._guard, chosen_embedder(self._frame.settings().embedder) as embedder:
            ticket.check()
            missing = missing_texts(conn, bank_id, embedder)
            if workspace.writable and len(missing) <= FEW:
                keep_vectors(workspace.run, missing, embedder, ticket.tell)
                missing = []
            identity = embedder.identity
            index = self._picture(bank_id, identity)
            index.refresh(conn)
            ticket.check()
            others = other_embedders(conn, bank_id, embedder.identity) if missing else ()
            near = index.nearest(embedder.embed([query.meaning])[0], EVERY_STATE, max(len(index), 1))
        allowed = set(item_ids(conn, bank_id, query.where))
        best = [(item, cosine) for item, cosine in near if item in allowed][:NEAREST]
        return Found([item for item, _ in best], dict(best), len(missing), identity, others)

    def embed(self, bank_id: int, ticket: Ticket) -> None:
        """Embed every item that has no vector yet."""
        workspace = self._frame.session.workspace
        with chosen_embedder(self._frame.settings().embedder) as embedder:
            keep_vectors(workspace.run, missing_texts(workspace.reader(), bank_id, embedder), embedder, ticket.tell)

    def _picture(self, bank_id: int, embedder: str) -> ItemIndex:
        if self._index is None or (self._index.bank_id, self._index.embedder) != (bank_id, embedder):
            self._index = ItemIndex(bank_id, embedder)
        return self._index
