"""A candidate and its nearest item as markup; every foreign text is escaped."""

from rb_studio.gui.rooms.memories.provenance import markup as origin_markup
from rb_studio.gui.rooms.memories.review_reads import Candidate, Near
from rb_studio.gui.rooms.memories.texts import diff_markup, escaped
from rb_studio.gui.theme import Colours, Theme
from rb_studio.gui.widgets.word_diff import item_diff
from rb_studio.records.item_text import Renderable
from rb_studio.records.review import REASONS, Doubt


def candidate_markup(found: Candidate, theme: Theme) -> str:
    """State where it is decided already, doubts, texts, and where it comes from."""
    row, colours = found.detail.row, theme.colours
    parts = []
    if row.state != "candidate":
        parts.append(f'<p style="color:{colours.muted}">Decided: {escaped(row.state)}</p>')
    parts += [
        f'<p style="color:{colours.warning}">\u26a0 {escaped(doubt_sentence(doubt))}</p>' for doubt in found.doubts
    ]
    if found.copies:
        parts.append(f"<p><b>{escaped(copies_sentence(found))}</b></p>")
    parts.append(_texts(row))
    parts.append(f"<hr>{origin_markup(found.detail, found.origin, theme)}")
    return "".join(parts)


def near_markup(found: Candidate, near: Near, colours: Colours) -> str:
    """How alike the nearest item is, and what differs in each text."""
    other = near.row
    if other is None:
        return ""
    used = "never used" if not other.used else f"used {other.used:,} time{'' if other.used == 1 else 's'}"
    head = f"Item {other.id} \u00b7 {other.state} \u00b7 cosine {near.cosine:.2f} \u00b7 {used}"
    parts = [
        f"<p><b>{escaped(head)}</b></p>",
        f'<p style="color:{colours.muted}">[only in item {other.id}], only in the candidate underlined</p>',
    ]
    for name, pieces in item_diff(other, found.detail.row):
        told = diff_markup(pieces, colours)
        if told:
            parts.append(f'<p><span style="color:{colours.muted}">{name}</span><br>{told}</p>')
    return "".join(parts)


def copies_sentence(found: Candidate) -> str:
    """How many others say the same, word for word."""
    used = sum(copy.state == "active" for copy in found.copies)
    waiting = len(found.copies) - used
    parts = [f"{used:,} in use" if used else "", f"{waiting:,} waiting" if waiting else ""]
    copies = f"{len(found.copies):,} other item{'' if len(found.copies) == 1 else 's'}"
    return f"The same, word for word: {copies} ({', '.join(filter(None, parts))}). D makes one of them all."


def doubt_sentence(doubt: Doubt) -> str:
    """A reason, what it says, and its number."""
    what = REASONS.get(doubt.reason, "")
    number = "" if doubt.value is None else f" ({doubt.value:.2f})" if doubt.value != int(doubt.value) else ""
    if doubt.value is not None and not number:
        number = f" ({int(doubt.value)})"
    name = doubt.reason[:1].upper() + doubt.reason[1:]
    return f"{name}{number}: {what}" if what else f"{name}{number}"


def _texts(row: Renderable) -> str:
    parts = [f'<p style="font-size:large"><b>{escaped(row.title)}</b></p>']
    parts += [f"<p>{escaped(text)}</p>" for text in (row.description, row.content) if text]
    return "".join(parts)
