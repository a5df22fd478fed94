"""A comparison of rollouts as Markdown."""

from collections.abc import Iterator, Sequence

from rb_studio.gui.rooms.trajectories.columns import truth_word
from rb_studio.gui.rooms.trajectories.compare_memory import place_word
from rb_studio.gui.rooms.trajectories.compare_patches import file_text
from rb_studio.gui.rooms.trajectories.compare_reads import FIRST, MARKS, SAME, Cell, Compared
from rb_studio.gui.rooms.trajectories.plain import DASH

SHOWN = 160


def compared_markdown(compared: Compared, *, blind: bool = False) -> str:
    """Totals, steps side by side, items and patches; blind without run, verdict, truth and items."""
    parts = ["# Rollouts compared", compared.sentence(), *_totals(compared, blind), "## Steps", _steps(compared)]
    parts += [] if blind else _items(compared)
    for file in compared.found.files:
        parts += [f"## Patch: {file.path}", f"```diff\n{file_text(file)}\n```"]
    return "\n\n".join(parts) + "\n"


def _totals(compared: Compared, blind: bool) -> Iterator[str]:
    hidden = "hidden"
    rows = [
        (
            head.letter,
            head.title,
            hidden if blind else head.run,
            hidden if blind else head.verdict or DASH,
            hidden if blind else truth_word(head.truth),
            head.total,
            head.more or DASH,
        )
        for head in compared.heads
    ]
    yield _table(("", "rollout", "run", "verdict", "truth", "in all", "against A"), rows)


def _steps(compared: Compared) -> str:
    titles = ("", *(head.letter for head in compared.heads))
    rows = []
    for place, cells in enumerate(compared.cells):
        standing = compared.standing(place)
        mark = (
            f"{MARKS[standing]} first divergence" if standing == FIRST else MARKS[standing] if standing != SAME else "="
        )
        rows.append((mark, *(_cell(cell) for cell in cells)))
    return _table(titles, rows)


def _cell(cell: Cell | None) -> str:
    if cell is None:
        return DASH
    took = f" ({cell.more})" if cell.more else ""
    return f"{cell.step} {cell.kind}: `{cell.action[:SHOWN].replace('`', chr(39))}`{took}"


def _items(compared: Compared) -> Iterator[str]:
    items = compared.found.retrieved
    if items:
        yield "## Retrieved items"
        titles = ("", "item", *(head.letter for head in compared.heads))
        rows = [
            (MARKS[SAME] if item.same else "\u2260", item.title or item.uid, *map(place_word, item.places))
            for item in items
        ]
        yield _table(titles, rows)


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [titles, tuple("---" for _ in titles), *rows]
    return "\n".join(
        f"| {' | '.join(' '.join(cell.replace('|', chr(92) + '|').split()) for cell in line)} |" for line in lines
    )
