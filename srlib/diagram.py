"""Draw the boxes of a network (`srlib.graph`) as an SVG picture: top to bottom, skips at the sides, shapes on arrows.

Narrow enough for a phone; its text is text, so it can be searched and read aloud, and follows light and dark pages.
"""

import html
from fractions import Fraction

WIDTH, BOX, LEFT = 360, 208, 76  # CSS pixels: of the picture, of a box, of the space left of it
TALL, GAP, LANE = 38, 30, 13  # of a box, between boxes, between two skips
FILLS = {"input": "#ffffff", "layer": "#d0e6f5", "block": "#fbe3c0", "join": "#ffffff", "other": "#e9e9e9"}
STROKE = "stroke='currentColor' fill='none' stroke-width='1.3'"


def svg(boxes, *, alt, title=""):
    """The picture as text. `boxes` as `graph.boxes` gives them, `alt` what a listener is told, `title` a line above."""
    top = 24 if title else 6
    tops = [top + i * (TALL + GAP) for i in range(len(boxes))]
    height = tops[-1] + TALL + GAP
    parts = [f"<text x='{WIDTH / 2}' y='15' class='sr-b'>{html.escape(title)}</text>"] if title else []
    parts += [arrow(y + TALL, GAP) for i, y in enumerate(tops) if i == len(boxes) - 1 or i in boxes[i + 1].inputs]
    parts += [beside(y + TALL + 19, shape_text(box.shape, boxes[0].shape)) for y, box in zip(tops, boxes, strict=True)]
    parts += [skip(boxes, tops, *lane) for lane in lanes(boxes)]
    parts += [draw(box, y) for box, y in zip(boxes, tops, strict=True)]
    return (
        f"<svg role='img' aria-label='{html.escape(alt, quote=True)}' viewBox='0 0 {WIDTH} {height}' "
        f"style='width:100%;max-width:{WIDTH}px;height:auto' font-size='12' font-family='inherit'>"
        "<style>.sr-b{font-weight:600;text-anchor:middle;fill:currentColor}.sr-s{font-size:10.5px;fill:currentColor}"
        f".sr-i{{text-anchor:middle;fill:#111}}</style>{''.join(parts)}</svg>"
    )


def draw(box, y):
    """One box: what it is, how often, how many parameters."""
    middle = LEFT + BOX / 2
    if is_round(box):
        circle = f"<circle cx='{middle}' cy='{y + TALL / 2}' r='{TALL / 2}' fill='#fff' stroke='currentColor'/>"
        return circle + f"<text x='{middle}' y='{y + TALL / 2 + 6}' class='sr-i' font-size='18'>{box.label}</text>"
    lines = [box.label + (f"  × {box.times}" if box.times > 1 else "")]
    if box.parameters:
        lines.append(f"{box.parameters:,} parameter" + "s" * (box.parameters > 1))
    first = y + TALL / 2 + 4 - 7 * (len(lines) - 1)
    text = "".join(
        f"<text x='{middle}' y='{first + 14 * i}' class='sr-i{' sr-s' if i else ''}'>{html.escape(line)}</text>"
        for i, line in enumerate(lines)
    )
    behind = frame(4, y, box) if box.times > 1 else ""  # a second sheet: there are several
    return behind + frame(0, y, box) + text


def is_round(box):
    return box.kind == "join" and len(box.label) == 1


def frame(shift, y, box):
    corner = 17 if box.kind == "input" else 4
    return (
        f"<rect x='{LEFT + shift}' y='{y + shift}' width='{BOX}' height='{TALL}' rx='{corner}' "
        f"fill='{FILLS[box.kind]}' stroke='currentColor'/>"
    )


def arrow(y, length):
    """Down the middle, from y."""
    x = LEFT + BOX / 2
    return f"<path {STROKE} d='M{x} {y}v{length - 1}m-4 -6l4 6l4 -6'/>"


def beside(y, text):
    return f"<text x='{LEFT + BOX / 2 + 9}' y='{y}' class='sr-s'>{text}</text>"


def skip(boxes, tops, source, targets, side, lane):
    """From the foot of a box around the boxes between, into the side of each target; `side` -1 is left, 1 right."""
    middle = LEFT + BOX / 2
    x = middle + side * (BOX / 2 + 12 + LANE * lane)
    path = f"M{middle} {tops[source] + TALL + 6}H{x}V{tops[targets[-1]] + TALL / 2}"
    for target in targets:
        edge = middle + side * (TALL if is_round(boxes[target]) else BOX) / 2
        path += f"M{x} {tops[target] + TALL / 2}H{edge}m{side * 6} -4l{-side * 6} 4l{side * 6} 4"
    return f"<path {STROKE} d='{path}'/>"


def lanes(boxes):
    """(source, targets, side, lane) of every skip: side by side where they overlap, on the right first."""
    found, busy = [], {}
    for source in range(len(boxes)):
        targets = [i for i, box in enumerate(boxes) if source in box.inputs and i != source + 1]
        if targets:
            place = min(
                (lane, -side) for lane in range(len(boxes)) for side in (1, -1) if busy.get((side, lane), -1) <= source
            )
            side, lane = -place[1], place[0]
            busy[side, lane] = targets[-1]
            found.append((source, targets, side, lane))
    return found


def shape_text(shape, start):
    """(64, 48, 48) of an input (3, 24, 24) as "64 × 2H × 2W"."""
    if len(shape) != 3:
        return " × ".join(map(str, shape))
    sides = [side_text(n, m, letter) for n, m, letter in zip(shape[1:], start[1:], "HW", strict=True)]
    return f"{shape[0]} × {sides[0]} × {sides[1]}"


def side_text(length, start, letter):
    ratio = Fraction(length, start)
    if ratio.denominator > 16:
        return str(length)
    top = letter if ratio.numerator == 1 else f"{ratio.numerator}{letter}"
    return top if ratio.denominator == 1 else f"{top}/{ratio.denominator}"
