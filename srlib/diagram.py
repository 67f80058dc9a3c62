"""Draw the boxes of a network (`srlib.graph`) as an SVG picture: top to bottom, skips at the sides, shapes on arrows.

Narrow enough for a phone; its text is text, so it can be searched and read aloud, and follows light and dark pages.
"""

import html
import re
from fractions import Fraction
from functools import cache
from itertools import accumulate

WIDTH, BOX, LEFT = 360, 208, 76  # CSS pixels: of the picture, of a box, of the space left of it
TALL, GAP, LANE = 38, 30, 13  # of a box of one or two lines, between boxes, between two skips
LINE, TEXT = 14, BOX - 12  # height of a line, room for it in a box
FILLS = {"input": "#ffffff", "layer": "#d0e6f5", "block": "#fbe3c0", "join": "#ffffff", "other": "#e9e9e9"}
STROKE = "stroke='currentColor' fill='none' stroke-width='1.3'"


def svg(boxes, *, alt, title=""):
    """The picture as text. `boxes` as `graph.boxes` gives them, `alt` what a listener is told, `title` a line above."""
    top = 24 if title else 6
    *tops, height = accumulate((tall(box) + GAP for box in boxes), initial=top)
    feet = [y + tall(box) for box, y in zip(boxes, tops, strict=True)]
    parts = [f"<text x='{WIDTH / 2}' y='15' class='sr-b'>{html.escape(title)}</text>"] if title else []
    parts += [arrow(y, GAP) for i, y in enumerate(feet) if i == len(boxes) - 1 or i in boxes[i + 1].inputs]
    parts += [beside(y + 19, shape_text(box.shape, boxes[0].shape)) for y, box in zip(feet, boxes, strict=True)]
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
    lines = [(line, "sr-i") for line in label_lines(box)]
    if box.parameters:
        lines.append((f"{box.parameters:,} parameter{'s' * (box.parameters > 1)}", "sr-i sr-s"))
    first = y + tall(box) / 2 + 4 - LINE / 2 * (len(lines) - 1)
    text = "".join(
        f"<text x='{middle}' y='{first + LINE * i}' class='{look}'>{html.escape(line)}</text>"
        for i, (line, look) in enumerate(lines)
    )
    behind = frame(4, y, box) if box.times > 1 else ""  # a second sheet: there are several
    return behind + frame(0, y, box) + text


def tall(box):
    """Height of a box: as many lines as its text needs."""
    count = len(label_lines(box)) + bool(box.parameters)
    return max(TALL, TALL + LINE * (count - 2))


def label_lines(box):
    """What a box says it is, in lines that fit into it: broken after commas, and elsewhere only where it must be."""
    text = box.label + (f" ×\u00a0{box.times}" if box.times > 1 else "")
    lines = []
    for part in re.split("(?<=,) ", text):
        for words in [part] if text_width(part) <= TEXT else part.split(" "):
            if lines and text_width(f"{lines[-1]} {words}") <= TEXT:
                lines[-1] += f" {words}"
            else:
                lines.append(words)
    return lines


def text_width(text):
    """CSS pixels of a text of size 12 in DejaVu Sans: of the fonts that a page may be shown in, a wide one."""
    return label_font().getlength(text)


@cache
def label_font():
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", 12)


def is_round(box):
    return box.kind == "join" and len(box.label) == 1


def frame(shift, y, box):
    corner = 17 if box.kind == "input" else 4
    return (
        f"<rect x='{LEFT + shift}' y='{y + shift}' width='{BOX}' height='{tall(box)}' rx='{corner}' "
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
    centres = [top + tall(box) / 2 for box, top in zip(boxes, tops, strict=True)]
    path = f"M{middle} {tops[source] + tall(boxes[source]) + 6}H{x}V{centres[targets[-1]]}"
    for target in targets:
        edge = middle + side * (TALL if is_round(boxes[target]) else BOX) / 2
        path += f"M{x} {centres[target]}H{edge}m{side * 6} -4l{-side * 6} 4l{side * 6} 4"
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
