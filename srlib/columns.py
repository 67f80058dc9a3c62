"""Draw the boxes of a layer (`srlib.graph`) as an SVG picture with a column for each resolution, the finest left.

For layers whose ways run side by side; `srlib.diagram` draws what runs one after the other.
"""

import html

from srlib.diagram import FILLS, STROKE, is_round, shape_text

WIDTH, BOX, TALL, ROW, MARGIN = 118, 98, 30, 58, 8  # CSS pixels: of a column, a box, its height, a row, the edges


def places(boxes):
    """(row, column) of each box: a column for each height of image, below all that it takes, where there is room."""
    heights = sorted({box.shape[1] for box in boxes}, reverse=True)
    found, taken = [], set()
    for box in boxes:
        column = heights.index(box.shape[1])
        row = 1 + max((found[i][0] for i in box.inputs), default=-1)
        while (row, column) in taken:
            row += 1
        taken.add((row, column))
        found.append((row, column))
    return found


def svg(boxes, *, alt, title=""):
    """The picture as text. `boxes` as `graph.boxes` gives them, the first an input of the finest resolution."""
    spots, top = places(boxes), 24 if title else 6
    width = 2 * MARGIN + 10 + WIDTH * (1 + max(column for _, column in spots))
    height = top + ROW * (1 + max(row for row, _ in spots))
    x = [MARGIN + WIDTH * (column + 0.5) for _, column in spots]
    y = [top + ROW * row for row, _ in spots]
    parts = [f"<text x='{width / 2}' y='15' class='sr-b'>{html.escape(title)}</text>"] if title else []
    for k, box in enumerate(boxes):
        parts += [arrow(x[i], y[i] + TALL, x[k], y[k], spots[i], spots[k]) for i in box.inputs]
    parts += [draw(box, x[k], y[k], shape_text(box.shape, boxes[0].shape)) for k, box in enumerate(boxes)]
    return (
        f"<svg role='img' aria-label='{html.escape(alt, quote=True)}' viewBox='0 0 {width} {height}' "
        f"style='width:100%;max-width:{width}px;height:auto' font-size='10.5' font-family='inherit'>"
        "<style>.sr-b{font-weight:600;font-size:12px;text-anchor:middle;fill:currentColor}"
        ".sr-i{text-anchor:middle;fill:#111}.sr-m{font-size:9.5px;fill:currentColor}</style>"
        f"{''.join(parts)}</svg>"
    )


def draw(box, x, y, shape):
    """One box with what it is, and beside the arrow below it the shape that it gives."""
    below = f"<text x='{x + 4}' y='{y + TALL + 11}' class='sr-m'>{shape.replace(' ', '')}</text>"
    if is_round(box):
        circle = f"<circle cx='{x}' cy='{y + TALL / 2}' r='{TALL / 2 - 2}' fill='#fff' stroke='currentColor'/>"
        return circle + f"<text x='{x}' y='{y + TALL / 2 + 5}' class='sr-i' font-size='16'>{box.label}</text>" + below
    corner = 14 if box.kind == "input" else 4
    lines = box.label.split(", ")
    first = y + TALL / 2 + 4 - 6 * (len(lines) - 1)
    text = "".join(
        f"<text x='{x}' y='{first + 12 * i}' class='sr-i'>{html.escape(t)}</text>" for i, t in enumerate(lines)
    )
    frame = (
        f"<rect x='{x - BOX / 2}' y='{y}' width='{BOX}' height='{TALL}' rx='{corner}' "
        f"fill='{FILLS[box.kind]}' stroke='currentColor'/>"
    )
    return frame + text + below


def arrow(x0, y0, x1, y1, start, end):
    """From the foot of one box to the head of another; around the boxes between, where they stand in one column."""
    head = "m-4 -6l4 6l4 -6"
    if start[1] == end[1] and end[0] - start[0] > 1:
        side = x0 - BOX / 2 - 5
        return f"<path {STROKE} d='M{x0} {y0}v5H{side}V{y1 - 9}H{x1}V{y1}{head}'/>"
    if start[1] == end[1]:
        return f"<path {STROKE} d='M{x0} {y0}V{y1}{head}'/>"
    gutter = (x0 + x1) / 2 if abs(start[1] - end[1]) == 1 else x1 + (WIDTH / 2 if x0 > x1 else -WIDTH / 2)
    return f"<path {STROKE} d='M{x0} {y0}v16H{gutter}V{y1 - 6}H{x1}V{y1}{head}'/>"
