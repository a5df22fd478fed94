"""Drawing the points of a map into pixels: plain arrays, so that any thread may do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARKERS = ("circle", "square", "triangle", "diamond", "plus", "cross", "ring")
SIGNS = ("\u25cf", "\u25a0", "\u25b2", "\u25c6", "\u271a", "\u2716", "\u25cb")
MARGIN = 0.04


@dataclass(frozen=True, slots=True)
class Frame:
    """What of the plane is seen, in units of the points, and onto how many pixels."""

    left: float
    top: float
    right: float
    bottom: float
    width: int
    height: int

    def pixels(self, points: "NDArray[np.float32]") -> "NDArray[np.int32]":
        """Points float32[n, 2] as pixels int32[n, 2]; those out of sight lie outside the picture."""
        low, span = np.array([self.left, self.top]), np.array([self.right - self.left, self.bottom - self.top])
        scaled = (points - low) / np.where(span == 0, 1, span) * np.array([self.width - 1, self.height - 1])
        placed: NDArray[np.int32] = np.clip(np.rint(scaled), -(10**6), 10**6).astype(np.int32)
        return placed

    def zoomed(self, factor: float, x: float, y: float) -> "Frame":
        """Nearer (factor below 1) or farther, with the point under a pixel staying where it is."""
        at_x = self.left + (self.right - self.left) * x / max(1, self.width)
        at_y = self.top + (self.bottom - self.top) * y / max(1, self.height)
        return Frame(
            at_x + (self.left - at_x) * factor,
            at_y + (self.top - at_y) * factor,
            at_x + (self.right - at_x) * factor,
            at_y + (self.bottom - at_y) * factor,
            self.width,
            self.height,
        )


def whole(points: "NDArray[np.float32]", width: int, height: int) -> Frame:
    """All points, with a margin."""
    if not len(points):
        return Frame(0, 0, 1, 1, width, height)
    low, high = points.min(0).astype(float), points.max(0).astype(float)
    margin = np.maximum((high - low) * MARGIN, 1e-6)
    return Frame(low[0] - margin[0], low[1] - margin[1], high[0] + margin[0], high[1] + margin[1], width, height)


def radius_of(count: int) -> int:
    """How large a marker is where so many are drawn, in pixels."""
    return next((size for most, size in ((400, 5), (3000, 4), (20_000, 3)) if count <= most), 2)


def drawn(
    pixels: "NDArray[np.int32]",
    kinds: "NDArray[np.int64]",
    chosen: "NDArray[np.bool_]",
    colours: Sequence[int],
    ground: int,
    ring: int,
    size: tuple[int, int],
    scale: float = 1.0,
) -> "NDArray[np.uint32]":
    """A picture uint32[height, width] (0xAARRGGBB): each kind by colour and marker, chosen ones ringed."""
    picture = np.full((size[1], size[0]), ground, np.uint32)
    radius = max(1, round(radius_of(len(pixels)) * scale))
    order = np.argsort(chosen, kind="stable")  # chosen ones above the others
    for part in (order[~chosen[order]], order[chosen[order]]):
        for kind, colour in enumerate(colours):
            of_kind = pixels[part[kinds[part] == kind]]
            if len(of_kind) and part is not None and chosen[part[0]]:
                _stamp(picture, of_kind, _mask("circle", radius + max(2, round(2 * scale))), ring)
            _stamp(picture, of_kind, _mask(MARKERS[kind % len(MARKERS)], radius), colour)
    return picture


def inside(pixels: "NDArray[np.int32]", mask: "NDArray[np.bool_]") -> "NDArray[np.bool_]":
    """Which points lie where a mask bool[height, width] is set."""
    height, width = mask.shape
    x, y = pixels[:, 0], pixels[:, 1]
    seen = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    found = np.zeros(len(pixels), bool)
    found[seen] = mask[y[seen], x[seen]]
    return found


def _stamp(picture: "NDArray[np.uint32]", pixels: "NDArray[np.int32]", mask: "NDArray[np.int64]", colour: int) -> None:
    height, width = picture.shape
    reach = int(np.abs(mask).max(initial=0))
    x, y = pixels[:, 0], pixels[:, 1]
    seen = pixels[(x >= -reach) & (x < width + reach) & (y >= -reach) & (y < height + reach)]
    flat = picture.reshape(-1)
    for dx, dy in mask.tolist():
        x, y = seen[:, 0] + dx, seen[:, 1] + dy
        kept = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        flat[y[kept].astype(np.int64) * width + x[kept]] = colour


def _mask(marker: str, radius: int) -> "NDArray[np.int64]":
    """Offsets int64[m, 2] of a marker's pixels from its middle."""
    span = np.arange(-radius, radius + 1)
    x, y = (grid.ravel() for grid in np.meshgrid(span, span))
    arm = max(0, radius // 3)
    shapes = {
        "circle": x * x + y * y <= radius * radius + 1,
        "square": (abs(x) < radius) & (abs(y) < radius) if radius > 1 else abs(x) + abs(y) < 9,
        "triangle": 2 * abs(x) <= y + radius,
        "diamond": abs(x) + abs(y) <= radius,
        "plus": (abs(x) <= arm) | (abs(y) <= arm),
        "cross": abs(abs(x) - abs(y)) <= arm,
        "ring": (x * x + y * y <= radius * radius + 1) & (x * x + y * y >= (radius - 1) ** 2 - 1),
    }
    return np.stack([x, y], 1)[shapes[marker]].astype(np.int64)
