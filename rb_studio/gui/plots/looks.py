"""Arms in the order they are listed, each with the place that gives it its colour and marker in every figure."""

from collections.abc import Iterable, Mapping, Sequence


class Arms(tuple[str, ...]):
    """Names of arms; `places` are the numbers of their colours and markers, which others than these may share out."""

    places: Mapping[str, int]

    def __new__(cls, names: Iterable[str], places: Mapping[str, int]) -> "Arms":
        """Names in their order, with their places."""
        made = super().__new__(cls, names)
        made.places = dict(places)
        return made


def place_of(arms: Sequence[str], name: str) -> int:
    """The place of an arm: its own, or else the one in the list."""
    own = arms.places.get(name) if isinstance(arms, Arms) else None
    return arms.index(name) if own is None else own
