"""Search by meaning: the items nearest to a text, among those that pass the rest of the query."""

import threading
from typing import TYPE_CHECKING

from rb_studio.gui.rooms.memories import reads
from rb_studio.gui.rooms.memories.pictures import BEGINNING, Pictures
from rb_studio.gui.rooms.memories.reads import Found
from rb_studio.gui.rooms.memories.slow import Ticket
from rb_studio.jobs.embedding import chosen_embedder
from rb_studio.jobs.item_query import ItemQuery
from rb_studio.jobs.item_vectors import keep_vectors, other_embedders
from rb_studio.models.protocol import Embedder
from rb_studio.store.item_filter import COMPARISONS
from rb_studio.store.vectors import items_without_vector

if TYPE_CHECKING:
    from rb_studio.gui.frame import Frame
    from rb_studio.store.picture import BankPicture

NEAREST = 200
FEW = 300  # texts without a vector that are embedded without asking: a few seconds


class MeaningSearch:
    """Compares the items of a bank's picture with a text."""

    def __init__(self, frame: "Frame", pictures: Pictures) -> None:
        self._frame = frame
        self._pictures = pictures
        self._guard = threading.Lock()

    def find(self, bank_id: int, query: ItemQuery, ticket: Ticket) -> Found:
        """The nearest items, best first; `unembedded` counts those left out for want of a vector."""
        conn, picture = self._frame.session.workspace.reader(), self._pictures.of(bank_id)
        with self._guard, chosen_embedder(self._frame.settings().embedder) as embedder:
            ticket.check()
            picture.use_vectors(conn, embedder.identity)
            missing = self._embed_few(bank_id, picture, embedder, ticket)
            ticket.check()
            others = other_embedders(conn, bank_id, embedder.identity) if missing else ()
            vector = embedder.embed([query.meaning])[0]
        self._pictures.fresh(conn, bank_id, query.where)
        among = picture.find(conn, query.where)
        near = picture.nearest(vector, among, len(among) if query.sim else NEAREST)
        best = [(item, cosine) for item, cosine in near if _within(cosine, query)]
        ids = [item for item, _ in best]
        rows = reads.rows(conn, bank_id, ids[:BEGINNING])
        return Found(ids, dict(best), missing, embedder.identity, others, len(among), rows)

    def warm(self, bank_id: int, ticket: Ticket) -> None:
        """Read the bank's vectors, for a meaning that is about to be typed."""
        with self._guard, chosen_embedder(self._frame.settings().embedder) as embedder:
            ticket.check()
            self._pictures.of(bank_id).use_vectors(self._frame.session.workspace.reader(), embedder.identity)

    def _embed_few(self, bank_id: int, picture: "BankPicture", embedder: Embedder, ticket: Ticket) -> int:
        """Embed what has no vector where that takes but seconds; returns how many items stay without one."""
        workspace, identity = self._frame.session.workspace, embedder.identity
        missing = picture.unembedded()
        if not missing or missing > FEW or not workspace.writable:
            return missing
        conn = workspace.reader()
        texts = items_without_vector(conn, bank_id, identity, items=picture.without_vector(FEW))
        keep_vectors(workspace.run, sorted(set(texts.values())), embedder, ticket.tell)
        picture.use_vectors(conn, identity)
        return picture.unembedded()


def _within(cosine: float, query: ItemQuery) -> bool:
    return all(COMPARISONS[comparison](cosine, bound) for comparison, bound in query.sim)
