"""The recipe that a figure's file carries: written into PNG, SVG, PDF and LaTeX, and read back from them.

A recipe travels as ASCII, in the place each format has for what is not drawn: a tEXt chunk of PNG, `<metadata>` of SVG,
the keywords of a PDF's information, a comment of LaTeX.
"""

import html
import re
import zlib

NAME = "rb-studio-recipe"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = NAME.encode() + b"\0"
_SVG = re.compile(rb"<metadata[^>]*\bid=[\"']" + NAME.encode() + rb"[\"'][^>]*>([^<]*)</")
_PDF = re.compile(rb"/Keywords\s*\(" + NAME.encode() + rb" ((?:\\.|[^\\()])*)\)", re.DOTALL)
_LATEX = re.compile(rb"^% " + NAME.encode() + rb" (.*?)\s*$", re.MULTILINE)
_TRAILER = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref\s+(\d+)\s+%%EOF\s*$", re.DOTALL)


def into_png(data: bytes, recipe: str) -> bytes:
    """The picture with the recipe in a chunk behind its header."""
    end = len(_SIGNATURE) + 8 + int.from_bytes(data[8:12]) + 4
    body = b"tEXt" + _KEYWORD + recipe.encode("ascii")
    chunk = (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    return data[:end] + chunk + data[end:]


def svg_metadata(recipe: str) -> str:
    """The element that goes into the drawing."""
    return f'<metadata id="{NAME}">{html.escape(recipe, quote=False)}</metadata>'


def into_pdf(data: bytes, recipe: str, title: str) -> bytes:
    """The document with other information, added at its end as the format wants it done.

    Raises
    ------
    ValueError
        The document does not end in a plain trailer.
    """
    found = _TRAILER.search(data)
    info = found and re.search(rb"/Info\s+(\d+)\s+0\s+R", found[1])
    if found is None or info is None:
        raise ValueError("the document has no plain trailer")
    number = info[1].decode()
    words = {"Title": title, "Creator": "rb_studio", "Producer": "Qt", "Keywords": f"{NAME} {recipe}"}
    entries = "\n".join(f"/{name} ({_literal(text)})" for name, text in words.items())
    entry = f"{number} 0 obj\n<<\n{entries}\n>>\nendobj\n".encode("ascii")
    table = f"xref\n{number} 1\n{len(data):010d} 00000 n \n".encode("ascii")
    rest = b"trailer\n<<" + found[1].rstrip() + b"\n/Prev " + found[2] + b"\n>>\n"
    return data + entry + table + rest + f"startxref\n{len(data) + len(entry)}\n%%EOF\n".encode("ascii")


def latex_comment(recipe: str) -> str:
    """The line that goes above a table."""
    return f"% {NAME} {recipe}"


def carried(data: bytes) -> str | None:
    """The recipe in a figure's file; None where there is none."""
    if data.startswith(_SIGNATURE):
        return _from_png(data)
    if data.startswith(b"%PDF-"):
        return _from_pdf(data)
    svg = _SVG.search(data)
    if svg is not None:
        return html.unescape(svg[1].decode("utf-8", "replace"))
    latex = _LATEX.search(data)
    return None if latex is None else latex[1].decode("utf-8", "replace")


def _from_png(data: bytes) -> str | None:
    place = len(_SIGNATURE)
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        if kind == b"tEXt" and body.startswith(_KEYWORD):
            return body[len(_KEYWORD) :].decode("latin-1")
        place += size + 12
    return None


def _from_pdf(data: bytes) -> str | None:
    found = [*_PDF.finditer(data)]
    return re.sub(rb"\\(.)", rb"\1", found[-1][1], flags=re.DOTALL).decode("latin-1") if found else None


def _literal(text: str) -> str:
    """A string of a PDF: ASCII, with what would end it escaped."""
    return re.sub(r"([\\()])", r"\\\1", text.encode("ascii", "replace").decode("ascii"))
