"""Banks on their way to workers: each experience is pickled once, and sent to a worker that stays once.

A bank travels as the keys of its pieces, and only its newest pieces come along. Keys are hashes of what they stand
for, so that a worker that holds them all has the very bank, whichever call or arm it had them from; one that lacks
some says so and is sent the whole.
"""

import pickle
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from rb_studio.records.memory import Bank, Experience

if TYPE_CHECKING:
    from rb_studio.records.memory import Vector

    Parts = tuple[Experience, Vector | None, tuple[Vector | None, ...]]

RECENT = 16
MOST_HELD = 4096


@dataclass(frozen=True, slots=True)
class Trunk:
    """A bank as it is sent: `rest` is all but its experiences, pickled; `keys` name these in order."""

    rest: bytes
    keys: tuple[bytes, ...]
    pieces: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Piece:
    """An experience with its vectors, pickled; `parts` are the very objects, to see whether they still stand."""

    key: bytes
    data: bytes
    parts: "Parts"


@dataclass
class Packer:
    """Packs the bank of one arm again and again, as it grows."""

    _pieces: dict[str, _Piece] = field(default_factory=dict)
    _recent: deque[bytes] = field(default_factory=lambda: deque(maxlen=RECENT))

    def pack(self, bank: Bank, *, whole: bool = False) -> Trunk:
        """The bank with its newest pieces, or with all of them."""
        pieces = [self._piece(bank, one) for one in bank.experiences]
        self._pieces = {one.uid: piece for one, piece in zip(bank.experiences, pieces, strict=True)}
        sent = {piece.key: piece.data for piece in pieces if whole or piece.key in self._recent}
        rest = replace(bank, experiences=(), vectors={}, item_vectors={})
        return Trunk(pickle.dumps(rest), tuple(piece.key for piece in pieces), sent)

    def _piece(self, bank: Bank, one: Experience) -> _Piece:
        known = self._pieces.get(one.uid)
        if known is not None and _still_is(known.parts, bank, one):
            return known
        parts = (one, bank.vectors.get(one.uid), tuple(bank.item_vectors.get(item.uid) for item in one.items))
        data = pickle.dumps(parts, pickle.HIGHEST_PROTOCOL)
        piece = _Piece(sha256(data).digest()[:16], data, parts)
        self._recent.append(piece.key)
        return piece


@dataclass
class Unpacker:
    """What a worker holds of the banks it was sent, the longest unused dropped first."""

    _held: "dict[bytes, Parts]" = field(default_factory=dict)

    def unpack(self, trunk: Trunk) -> Bank | None:
        """The bank, None where pieces of it are lacking here."""
        for key, data in trunk.pieces.items():
            if key not in self._held:
                self._held[key] = pickle.loads(data)  # noqa: S301 - our own driver's pipe
        if any(key not in self._held for key in trunk.keys):
            return None
        for key in trunk.keys:
            self._held[key] = self._held.pop(key)
        while len(self._held) > max(MOST_HELD, len(trunk.keys)):
            del self._held[next(iter(self._held))]
        return _bank(pickle.loads(trunk.rest), [self._held[key] for key in trunk.keys])  # noqa: S301 - as above


def _still_is(parts: "Parts", bank: Bank, one: Experience) -> bool:
    """Whether all are the very objects of the bank: none of them is ever changed in place."""
    if parts[0] is not one or parts[1] is not bank.vectors.get(one.uid):
        return False
    return all(bank.item_vectors.get(item.uid) is known for item, known in zip(one.items, parts[2], strict=True))


def _bank(rest: Bank, parts: "list[Parts]") -> Bank:
    vectors = {one.uid: vector for one, vector, _ in parts if vector is not None}
    pairs = ((item.uid, vector) for one, _, known in parts for item, vector in zip(one.items, known, strict=True))
    items = {uid: vector for uid, vector in pairs if vector is not None}
    return replace(rest, experiences=tuple(one for one, _, _ in parts), vectors=vectors, item_vectors=items)
