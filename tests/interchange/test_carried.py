"""Recipes in the files of figures: what goes in comes out, and nothing else is harmed."""

import struct
import xml.etree.ElementTree as ElementTree
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rb_studio.interchange.carried import carried, into_pdf, into_png, latex_comment, svg_metadata

ASCII = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)


def a_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def a_pdf() -> bytes:
    body = b"%PDF-1.6\n1 0 obj\n<<\n/Title (x)\n>>\nendobj\n"
    table = f"xref\n0 2\n0000000000 65535 f \n{9:010d} 00000 n \n".encode()
    return body + table + b"trailer\n<<\n/Size 2 \n/Info 1 0 R\n>>\nstartxref\n%d \n%%%%EOF\n" % len(body)


@given(ASCII)
def test_what_a_png_carries_stands_in_a_sound_chunk(recipe: str) -> None:
    data = into_png(a_png(), recipe)
    assert carried(data) == recipe
    place, kinds = 8, []
    while place < len(data):
        size = int.from_bytes(data[place : place + 4])
        body = data[place + 4 : place + 8 + size]
        assert zlib.crc32(body) == int.from_bytes(data[place + 8 + size : place + 12 + size])
        kinds.append(body[:4])
        place += size + 12
    assert kinds == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]


@given(ASCII)
def test_what_a_pdf_carries_is_its_newest_information(recipe: str) -> None:
    data = into_pdf(a_pdf(), recipe, "A (figure) \\ of curves")
    assert carried(data) == recipe
    assert data.startswith(a_pdf())
    start = int(data.rsplit(b"startxref", 1)[1].split()[0])
    assert data[start:].startswith(b"xref\n1 1\n")
    entry = int(data[start:].split()[3])
    assert data[entry:].startswith(b"1 0 obj")


@given(ASCII)
def test_what_an_svg_or_a_table_carries_comes_out_again(recipe: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg">{svg_metadata(recipe)}</svg>'
    assert ElementTree.fromstring(svg)[0].text == (recipe or None)
    assert carried(svg.encode()) == recipe
    assert carried(f"{latex_comment(recipe)}\n\\begin{{table}}".encode()) == recipe.rstrip()


@given(st.binary(max_size=300))
def test_other_files_carry_nothing(data: bytes) -> None:
    assert carried(data) is None
    assert carried(b"\x89PNG\r\n\x1a\n" + data) is None
    assert carried(b"%PDF-1.4" + data) is None


def test_a_document_without_a_plain_end_is_refused() -> None:
    with pytest.raises(ValueError, match="trailer"):
        into_pdf(b"%PDF-1.6\nno end", "{}", "")
