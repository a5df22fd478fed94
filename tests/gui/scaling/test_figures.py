"""Figures as files: what they show agrees with their numbers, whatever the size, the eye and the names."""

import itertools
import re
import xml.etree.ElementTree as ElementTree
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from rb_studio.gui.figures import picture, save_figure
from rb_studio.gui.plots.curve_parts import OUTLINE
from rb_studio.gui.plots.ink import COLOURS, COLOURS_ON_DARK, GREY, MARKERS, PAPER, marker, shape
from rb_studio.gui.plots.looks import Arms
from rb_studio.gui.plots.placing import DODGE
from rb_studio.gui.plots.styles import STYLES, style_of
from rb_studio.interchange.carried import carried
from rb_studio.jobs.figure_words import METRIC_NAMES
from rb_studio.jobs.paper import reported
from rb_studio.jobs.recipe import read_recipe
from rb_studio.records.curve import CurveSet, Point, Series
from rb_studio.records.recipe import PRESETS

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "</text><script>alert(1)</script>",
    "\u202egnp.eruces",
    "a & b < c > \"d\" 'e'",
    "x\x00\x1b[31m\n\r\ty",
    "\ud800\uffff lone",
    "%s {0} $HOME `id` \\input{/etc/passwd}",
    "ж中文🙂 ع",
    "w" * 5_000,
    "",
)


def series(arm: str, metric: str, values: list[float | None], *, memory: str = "none", truth: str = "true") -> Series:
    points = tuple(
        Point(x, k, 40, value, None if value is None else value - 0.04, None if value is None else value + 0.05)
        for k, x, value in zip((1, 2, 4), (900.0, 2100.0, 4500.0), values, strict=True)
    )
    named = f"{arm} (judged)" if truth == "judged" else arm
    details = {"memory": memory, "scaling": "parallel", "allocation": None, "source": "s"}
    return Series(f"{named} \u00b7 {metric}", metric, details, truth, points)


def over_k(curves: CurveSet) -> CurveSet:
    moved = (replace(one, points=tuple(replace(p, x=float(p.k)) for p in one.points)) for one in curves.series)
    return replace(curves, x="k", series=tuple(moved))


@pytest.fixture
def curves() -> CurveSet:
    return CurveSet(
        (
            series("plain", "best_of_k", [0.31, 0.42, 0.57]),
            series("plain", "pass_at_1", [0.31, 0.33, 0.29]),
            series("bank", "best_of_k", [0.41, 0.62, None], memory="reasoningbank"),
            series("bank", "pass_at_1", [0.44, 0.5, 0.56], memory="reasoningbank", truth="judged"),
        ),
        (),
        x="tokens",
        caption="s: 40 tasks, seed 0; bars are 95 % intervals, 2,000 bootstrap resamples of tasks",
    )


class Drawing:
    """An SVG file read back: where its ticks stand, and the curves in their coordinates."""

    def __init__(self, path: Path) -> None:
        self.root = ElementTree.fromstring(path.read_text("utf-8"))

    def groups(self, part: str) -> list[ElementTree.Element]:
        return [one for one in self.root.iter(f"{SVG}g") if one.get("data-part") == part]

    def axis(self, axis: str) -> tuple[float, float]:
        """Offset and scale of an axis in sheet units, from its first panel's labelled lines."""
        labels = [float(one.text.replace(",", "")) for one in self.groups(f"{axis}-ticks")[0]]
        ends = [places(one) for one in self.groups("grid")[0].iter(f"{SVG}polyline")]
        straight = [line for line in ends if len(line) == 2]
        along = sorted({a[0] for a, b in straight if a[0] == b[0]} if axis == "x" else {
            a[1] for a, b in straight if a[1] == b[1]
        }, reverse=axis == "y")  # fmt: skip
        assert len(labels) == len(along) > 2
        scale, offset = np.polyfit(sorted(labels), along, 1)
        assert np.allclose(np.polyval([scale, offset], sorted(labels)), along, atol=0.002)
        return float(offset), float(scale)

    def curve(self, name: str) -> list[tuple[float, float]]:
        """The line of a curve in numbers."""
        (group,) = (one for one in self.groups("line") if one.get("data-series") == name)
        (ox, sx), (oy, sy) = self.axis("x"), self.axis("y")
        (line,) = group.findall(f"{SVG}polyline")
        return [((x - ox) / sx, (y - oy) / sy) for x, y in places(line)]

    def bars(self, name: str) -> list[tuple[float, float]]:
        (group,) = (one for one in self.groups("interval") if one.get("data-series") == name)
        oy, sy = self.axis("y")
        upright = (places(one) for one in group if places(one)[0][0] == places(one)[1][0])
        return [((low[1] - oy) / sy, (high[1] - oy) / sy) for low, high in upright]


def places(line: ElementTree.Element) -> list[tuple[float, float]]:
    return [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]


PICTURES = Path(__file__).resolve().parents[3] / "packaging" / "pictures"


def test_the_figures_of_the_readme_show_their_numbers_and_carry_their_recipes(tmp_path: Path) -> None:
    drawn = Drawing(PICTURES / "figure-imported.svg")
    known = [(1, 0.304), (2, 0.362), (3, 0.391)]
    (name,) = (one.get("data-series") for one in drawn.groups("line") if one.get("data-metric") == "pass_at_k")
    np.testing.assert_allclose(drawn.curve(name), known, atol=6e-4)
    assert "23 tasks, 3 imported runs" in "".join(drawn.root.itertext())
    practice = Drawing(PICTURES / "figure-practice.svg")
    assert "Simulated" in "".join(practice.root.itertext())
    assert {read_recipe(PICTURES / f"figure-{one}.svg").preset for one in ("imported", "practice")} == {"paper-174"}


@pytest.mark.parametrize("preset", PRESETS)
def test_the_coordinates_of_an_svg_are_its_data(qapp, curves: CurveSet, tmp_path: Path, preset: str) -> None:
    save_figure(curves, tmp_path / "f.svg", "svg", style=style_of(preset))
    drawn = Drawing(tmp_path / "f.svg")
    for one in curves.series:
        known = [point for point in one.points if point.value is not None]
        np.testing.assert_allclose(drawn.curve(one.name), [(p.x, p.value) for p in known], rtol=2e-4, atol=2e-4)
        np.testing.assert_allclose(drawn.bars(one.name), [(p.low, p.high) for p in known], atol=2e-4)
    assert sum(len(group.findall(f"{SVG}path")) for group in drawn.groups("line")) == 12


def test_over_k_arms_stand_apart_by_as_much_as_they_should(qapp, curves: CurveSet, tmp_path: Path) -> None:
    save_figure(over_k(curves), tmp_path / "f.svg", "svg")
    drawn = Drawing(tmp_path / "f.svg")
    plain, bank = (drawn.curve(curves.series[place].name) for place in (0, 2))
    np.testing.assert_allclose([x for x, _ in plain], [k - DODGE / 2 for k in (1, 2, 4)], atol=1e-3)
    np.testing.assert_allclose([x for x, _ in bank], [k + DODGE / 2 for k in (1, 2)], atol=1e-3)


def test_a_doubling_axis_puts_powers_of_two_at_one_distance(qapp, curves: CurveSet, tmp_path: Path) -> None:
    save_figure(over_k(curves), tmp_path / "f.svg", "svg", log2=True)
    ticks = [float(one.attrib["x"]) for one in Drawing(tmp_path / "f.svg").groups("x-ticks")[0]]
    assert ticks[1] - ticks[0] == pytest.approx(ticks[2] - ticks[1], abs=0.002)


def test_small_multiples_share_their_axes_and_hold_every_curve_once(qapp, curves: CurveSet, tmp_path: Path) -> None:
    shown = replace(over_k(curves), paper=reported([one.arm for one in curves.series]))
    save_figure(shown, tmp_path / "f.svg", "svg", panels=True, style=style_of("paper-174"))
    drawn = Drawing(tmp_path / "f.svg")
    assert len(drawn.groups("curves")) == 2
    assert [one.get("data-series") for one in drawn.groups("line")] == [one.name for one in curves.series]
    lines = [one for group in drawn.groups("paper") for one in group.iter(f"{SVG}polyline")]
    assert {one.attrib["stroke"] for one in lines} == {GREY}


def test_a_file_carries_caption_and_recipe_and_has_its_size(qapp, curves: CurveSet, tmp_path: Path) -> None:
    for kind, preset in itertools.product(("png", "svg", "pdf"), PRESETS):
        path = tmp_path / f"{preset}.{kind}"
        save_figure(curves, path, kind, style=style_of(preset), recipe='{"names":{"k":"a (b) \\\\ <c>"}}')
        assert carried(path.read_bytes()) == '{"names":{"k":"a (b) \\\\ <c>"}}'
    svg = (tmp_path / "paper-84.svg").read_text("utf-8")
    assert 83.5 < float(re.search(r'width="([\d.]+)mm"', svg)[1]) <= 84
    assert set(re.findall(r'font-size="(\d+)"', svg)) == {"8"}
    told = " ".join(re.findall(r">([^<>]+)</text>", svg))
    assert "40 tasks, seed 0; bars are 95 % intervals, 2,000 bootstrap resamples of tasks" in told
    image = QImage(str(tmp_path / "paper-174.png"))
    assert 173 < image.width() / image.dotsPerMeterX() * 1000 <= 174
    media = re.search(rb"/MediaBox \[0 0 ([\d.]+)", (tmp_path / "paper-174.pdf").read_bytes())
    assert 173 < float(media[1]) / 72 * 25.4 <= 174
    slide = QImage(str(tmp_path / "slide.png"))
    assert slide.width() / slide.height() == pytest.approx(16 / 9, rel=0.01)


def test_the_letters_of_a_pdf_are_truetype_and_in_the_file(qapp, curves: CurveSet, tmp_path: Path) -> None:
    save_figure(curves, tmp_path / "f.pdf", "pdf", style=style_of("paper-84"))
    data = (tmp_path / "f.pdf").read_bytes()
    objects = {int(one[1]): one[2] for one in re.finditer(rb"(\d+) 0 obj(.*?)endobj", data, re.DOTALL)}
    fonts = [one for one in objects.values() if b"/Subtype /CIDFontType2" in one]
    assert fonts
    assert not any(kind in data for kind in (b"/Subtype /Type3", b"/Subtype /Type1", b"/CIDFontType0"))
    for font in fonts:
        descriptor = objects[int(re.search(rb"/FontDescriptor (\d+)", font)[1])]
        program = unpacked(objects[int(re.search(rb"/FontFile2 (\d+)", descriptor)[1])])
        assert program[:4] in (b"\0\1\0\0", b"true")
        assert b"glyf" in program[:400]
    assert letters(objects) == {8.0}


def unpacked(found: bytes) -> bytes:
    body = found.split(b"stream", 1)[1].lstrip(b"\r\n")
    return zlib.decompressobj().decompress(body) if b"FlateDecode" in found else body


def letters(objects: dict[int, bytes]) -> set[float]:
    """The sizes of letters on the page in points."""
    pages = b"".join(unpacked(one) for one in objects.values() if b"stream" in one and b"/Length1" not in one)
    return {round(float(size), 2) for size in re.findall(rb"/F\d+ ([\d.]+) Tf", pages)}


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_no_name_harms_a_figure(qapp, tmp_path: Path, kind: str) -> None:
    named = tuple(series(f"{place}{name}", "best_of_k", [0.3, 0.4, 0.5]) for place, name in enumerate(HOSTILE))
    path = tmp_path / f"f.{kind}"
    save_figure(CurveSet(named, (), x="tokens", caption="".join(HOSTILE)), path, kind, style=style_of("paper-84"))
    if kind != "svg":
        assert path.stat().st_size > 5_000
        return
    root = ElementTree.fromstring(path.read_text("utf-8"))
    assert not list(root.iter(f"{SVG}script"))
    told = "".join(root.itertext())
    assert "<script>alert(1)</script>" in "".join(told.split())
    assert not set(told) & set("\u202e\x00\x1b\ud800\uffff")
    height = float(root.attrib["viewBox"].split()[3])
    assert height < 3_000
    assert max(float(one.attrib["y"]) for one in root.iter(f"{SVG}text")) < height


def test_a_figure_without_any_value_is_still_one(qapp, tmp_path: Path) -> None:
    for nothing in (CurveSet((), ()), CurveSet((series("a", "steps", [None, None, None]),), (), x="tokens")):
        save_figure(nothing, tmp_path / "f.svg", "svg", panels=True)
        ElementTree.fromstring((tmp_path / "f.svg").read_text("utf-8"))


def test_an_arm_has_its_colour_whatever_else_is_drawn(qapp, curves: CurveSet, tmp_path: Path) -> None:
    places_ = {"plain": 4, "bank": 2, "another": 0}
    for shown in (curves, replace(curves, series=curves.series[2:])):
        save_figure(shown, tmp_path / "f.svg", "svg", arms=Arms(["plain", "bank"], places_))
        (group,) = (one for one in Drawing(tmp_path / "f.svg").groups("line")
                    if one.get("data-series") == curves.series[2].name)  # fmt: skip
        assert {one.attrib["stroke"] for one in group} == {COLOURS[2].lower()}


# The eye: simulated colour visions after Machado, Oliveira and Fernandes (2009), at full severity.
VISIONS = {
    "usual": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(1)
CLEAR = 12  # a difference between colours that anybody sees; 2.3 is one just noticed


def linear(colour: str) -> np.ndarray:
    values = np.array(QColor(colour).getRgbF()[:3])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", [COLOURS, COLOURS_ON_DARK], ids=["light", "dark"])
def test_any_two_colours_of_arms_differ_to_every_eye(palette: tuple[str, ...], vision: str) -> None:
    seen = [lab(VISIONS[vision] @ linear(colour)) for colour in palette]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > CLEAR


def test_without_colour_arms_differ_by_their_markers_and_stand_out_from_paper(qapp) -> None:
    shapes = [grey_marker(place) for place in range(len(MARKERS))]
    shown = min(np.abs(a - b).mean() / min(a.mean(), b.mean()) for a, b in itertools.combinations(shapes, 2))
    assert shown > 0.2
    light = [float(TO_XYZ[1] @ linear(colour)) for colour in COLOURS]
    assert min(1.05 / (one + 0.05) for one in light) > 2.2
    pairs = {(place % len(COLOURS), marker(place)) for place in range(49)}
    assert len(pairs) == 49


def grey_marker(place: int) -> np.ndarray:
    """The ink of a marker as a column of a paper prints it in grey: 600 dots per inch."""
    side, scale = 40, 600 / 72
    style = STYLES["paper-84"]
    image = QImage(side, side, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    painter.translate(side / 2, side / 2)
    painter.scale(scale, scale)
    painter.setPen(QPen(QColor("black"), style.line * OUTLINE))
    painter.setBrush(QColor("black"))
    painter.drawPath(shape(marker(place), QPointF(0, 0), style.radius))
    painter.end()
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(side, image.bytesPerLine())[:, :side]
    return (255.0 - grey) / 255


def test_judged_curves_and_metrics_differ_without_colour(qapp, tmp_path: Path) -> None:
    values: list[float | None] = [0.2, 0.4, 0.6]
    drawn = [series("a", metric, values, truth=truth)
             for truth in ("true", "judged") for metric in ("best_of_k", "pass_at_1", "pass_at_k")]  # fmt: skip
    drawn.append(series("a", "pass_hat_k", values))
    save_figure(CurveSet(tuple(drawn), (), x="tokens"), tmp_path / "f.svg", "svg")
    looks = set()
    for group in Drawing(tmp_path / "f.svg").groups("line"):
        line, spot = group.find(f"{SVG}polyline"), group.find(f"{SVG}path")
        widths = float(line.attrib["stroke-width"])
        dashes = tuple(round(float(one) / widths, 3) for one in line.get("stroke-dasharray", "").split())
        looks.add((dashes, widths, spot.attrib["fill"] == PAPER.ground))
    assert len(looks) == len(drawn)
    named = {one.get("data-entry") for one in Drawing(tmp_path / "f.svg").groups("legend")}
    assert {METRIC_NAMES[name] for name in ("judged", "judged_best", "judged_any", "pass_hat_k")} <= named


def test_the_part_of_the_axes_on_screen_is_what_is_drawn(qapp, curves: CurveSet, tmp_path: Path) -> None:
    style = replace(style_of("drawn"), seen=(1000.0, 3000.0, 0.25, 0.65))
    save_figure(curves, tmp_path / "f.svg", "svg", style=style)
    drawn = Drawing(tmp_path / "f.svg")
    labels = [float(one.text.replace(",", "")) for one in drawn.groups("x-ticks")[0]]
    assert (min(labels), max(labels)) == (1000, 3000)
    np.testing.assert_allclose(drawn.curve(curves.series[0].name), [(900, 0.31), (2100, 0.42), (4500, 0.57)], rtol=1e-3)
    assert drawn.groups("curves")[0].get("clip-path") == "url(#clip0)"
    assert picture(curves, style=style).width() > 1500


def test_small_values_on_screen_have_an_axis_of_their_own_size_however_often_it_is_drawn(qtbot) -> None:
    import pyqtgraph as pg

    from rb_studio.gui.plots.draw import set_axes

    small = CurveSet((series("none parallel", "selection_loss", [0.0, 0.01, 0.02]),), ())
    widget = pg.PlotWidget()
    qtbot.addWidget(widget)
    widget.show()
    for _ in range(2):
        set_axes(widget.getPlotItem(), small, PAPER)
        widget.setYRange(0, 0.02)
    assert widget.getPlotItem().getAxis("left").autoSIPrefixScale == 1
