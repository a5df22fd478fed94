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

RECENT = 48
MOST_HELD = 4096


@dataclass(frozen=True, slots=True)
class Trunk:
    """A bank as it is sent: `rest` is all but its experiences, pickled; `keys` name these in order."""

    rest: bytes
    keys: tuple[bytes, ...]
    pieces: Mapping[bytes, bytes]


@dataclass
class Packer:
    """Packs the bank of one arm again and again, as it grows.

    An experience is never changed in place, nor are its vectors: the same object is the same piece.
    """

    _experiences: tuple[Experience, ...] = ()
    _keys: tuple[bytes, ...] = ()
    _data: dict[bytes, bytes] = field(default_factory=dict)
    _recent: deque[bytes] = field(default_factory=lambda: deque(maxlen=RECENT))

    def pack(self, bank: Bank, *, whole: bool = False) -> Trunk:
        """The bank with its newest pieces, or with all of them."""
        self._take(bank)
        pieces = self._data if whole else {key: self._data[key] for key in self._recent if key in self._data}
        rest = replace(bank, experiences=(), vectors={}, item_vectors={})
        return Trunk(pickle.dumps(rest), self._keys, pieces)

    def _take(self, bank: Bank) -> None:
        """Pickle what is new of a bank, and let go of what is no longer in it."""
        count = len(self._experiences)
        if bank.experiences[:count] == self._experiences:
            self._keys += tuple(self._piece(bank, one) for one in bank.experiences[count:])
        else:
            known = {id(one): key for one, key in zip(self._experiences, self._keys, strict=True)}
            self._keys = tuple(known.get(id(one)) or self._piece(bank, one) for one in bank.experiences)
            self._data = {key: self._data[key] for key in self._keys}
        self._experiences = bank.experiences

    def _piece(self, bank: Bank, one: Experience) -> bytes:
        parts = (one, bank.vectors.get(one.uid), tuple(bank.item_vectors.get(item.uid) for item in one.items))
        data = pickle.dumps(parts, pickle.HIGHEST_PROTOCOL)
        key = sha256(data).digest()[:16]
        self._data[key] = data
        self._recent.append(key)
        return key


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


def _bank(rest: Bank, parts: "list[Parts]") -> Bank:
    vectors = {one.uid: vector for one, vector, _ in parts if vector is not None}
    pairs = ((item.uid, vector) for one, _, known in parts for item, vector in zip(one.items, known, strict=True))
    items = {uid: vector for uid, vector in pairs if vector is not None}
    return replace(rest, experiences=tuple(one for one, _, _ in parts), vectors=vectors, item_vectors=items)
