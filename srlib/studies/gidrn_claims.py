"""What `gidrn` says about its own tables, checked on the printed digits: the marks of Table 4, and its claims.

Nothing is measured here: a claim that holds holds for the figures in print.
"""

from dataclasses import dataclass

from srlib import published
from srlib.verdicts import parse

SETS = ("Set5", "Set14", "B100", "Urban100", "Manga109")
SCALES = (2, 3, 4)
UNITS = {"PSNR": 100, "SSIM": 10_000}  # one printed digit is 1 / this
COLUMNS = [(scale, dataset, metric) for scale in SCALES for dataset in SETS for metric in UNITS]


@dataclass(frozen=True)
class Claim:
    """One sentence of the document: `verdict` is "holds", "in part" or "false"; `finding` is what was computed."""

    number: int
    where: str
    says: str
    verdict: str
    finding: str


def values():
    """{(item, row, dataset, metric): value} of every printed cell of the document."""
    return {(c["item"], c["row"], c["dataset"], c["metric"]): parse(c["value"])[0] for c in published.cells("gidrn")}


def marks():
    """Every cell of Table 4 that is marked in print or should be: a list of dicts.

    Keys row, scale, dataset, metric, value, printed and computed: "best", "second" or "". Best and second best are
    taken from the printed digits of a column, ties share a place, as they do in print.
    """
    words = (("bold", "best"), ("underlined", "second"))
    cells = [c for c in published.cells("gidrn") if c["item"] == "Table 4" and c["metric"] in UNITS]
    found = []
    for column in COLUMNS:
        own = [c for c in cells if (c["scale"], c["dataset"], c["metric"]) == column]
        best, second = sorted({parse(c["value"])[0] for c in own}, reverse=True)[:2]
        for cell in own:
            value = parse(cell["value"])[0]
            printed = next((word for told, word in words if told in cell["note"]), "")
            computed = "best" if value == best else "second" if value == second else ""
            if printed or computed:
                known = {key: cell[key] for key in ("row", "scale", "dataset", "metric", "value")}
                found.append(known | {"printed": printed, "computed": computed})
    return found


def gains(method, base="IMDN"):
    """{(scale, dataset, metric): `method` minus `base` in Table 4, in units of the last printed digit} (Fig 9)."""
    table = values()
    return {
        (scale, dataset, metric): round(
            UNITS[metric] * (table["Table 4", f"{method} x{scale}", dataset, metric]
                             - table["Table 4", f"{base} x{scale}", dataset, metric]))
        for scale, dataset, metric in COLUMNS
    }  # fmt: skip


def ratio(scale, metric):
    """Section 3.4's "times": summed gain over IMDN of G-IDRN divided by that of RFDN-L."""
    ours, theirs = (sum(gains(m)[scale, d, metric] for d in SETS) for m in ("G-IDRN", "RFDN-L"))
    return ours / theirs


def claims():
    """The document's claims as a list of Claim, section by section."""
    words = {True: "holds", False: "false"}
    told = [*speed(values()), *ablation(values()), *comparison(), *cost(values())]
    return [Claim(n, where, says, words.get(verdict, verdict), finding)
            for n, (where, says, verdict, finding) in enumerate(told, 1)]  # fmt: skip


def speed(table):
    """The abstract and section 3.5(3), on Table 6."""
    seconds = {m: table["Table 6", m, "B100", "time"] for m in ("EDSR", "RCAN", "IMDN", "RFDN-L", "G-IDRN", "IDRN")}
    own = seconds["G-IDRN"]
    yield "Abstract", "56 images of B100 a second at x4", int(1 / own) == 56, f"1 / {own} s = {1 / own:.1f} in Table 6"
    for where, method, times in (("Abstract", "RCAN", 15), ("Section 3.5", "EDSR", 12)):
        ratio = seconds[method] / own
        finding = f"{seconds[method]} / {own} = {ratio:.1f} in Table 6"
        yield where, f"{times} times as fast as {method}", round(ratio) == times, finding
    finding = f"{own} s on the document's machine; the longest training time too"
    yield "Section 3.5", "shortest time for an image", min(seconds, key=seconds.get) == "G-IDRN", finding


def ablation(table):
    """Section 3.3, on Tables 1 to 3."""
    first, last = (table["Table 1", row, "", "parameters"] for row in ("RFDB", "G-IDB+dual+DS+ANRB"))
    finding = (f"{first:.1f} - {last:.1f} = {first - last:.1f} K as printed; {first - 372.8:.1f} K without a layer "
               "that only the size of the last row shows")  # fmt: skip
    yield "Section 3.3", "all parts together: 151 K parameters less, 0.072 dB more", "in part", finding

    added = [table["Table 2", "S=all", "", f"memory {n}x{n}"] - table["Table 2", "no ANRB", "", f"memory {n}x{n}"]
             for n in (128, 180)]  # fmt: skip
    finding = (f"from 128 x 128 to 180 x 180 pixels it grows {added[1] / added[0]:.2f} times in Table 2; the square "
               f"of the number of pixels grows {(180 / 128) ** 4:.2f} times")  # fmt: skip
    yield "Section 3.3", "memory without pooling grows exponentially", False, finding

    rows = {a: [table["Table 3", f"alpha={a}", d, "PSNR"] for d in SETS] for a in ("1.0", "0.8", "0.6", "0.4", "0.2")}
    base = rows["1.0"]
    flat = {a: [SETS[i] for i in range(5) if rows[a][i] <= base[i]] for a in ("0.8", "0.6", "0.4", "0.2")}
    finding = "; ".join(f"alpha = {a}: " + (f"no gain on {', '.join(sets)}" if sets else "on all five")
                        for a, sets in flat.items())  # fmt: skip
    yield "Section 3.3", "with the high-frequency loss PSNR rises on all five sets", _part(flat.values()), finding

    top = {d: [a for a in rows if rows[a][i] == max(r[i] for r in rows.values())] for i, d in enumerate(SETS)}
    finding = "; ".join(f"{d}: alpha = {' and '.join(best)}" for d, best in top.items())
    others = [best for best in top.values() if best != ["0.4"]]
    yield "Section 3.3", "alpha = 0.4, beta = 0.6 is best", "in part" if others else True, finding


def comparison():
    """Section 3.4, on Table 4 and Fig 9."""
    missed = [f"{m['metric']} on {m['dataset']} at x{m['scale']}" for m in marks()
              if m["row"].startswith("G-IDRN") and m["computed"] != "best"]  # fmt: skip
    finding = f"in {len(COLUMNS) - len(missed)} of {len(COLUMNS)} columns; not {', '.join(missed)}"
    yield "Section 3.4", "best on all five sets at all scales", not missed, finding

    rfdn = gains("RFDN-L")
    flat = [rfdn[2, d, m] <= 0 for m in UNITS for d in ("B100", "Urban100")]
    finding = f"at x2 in {sum(flat)} of the four columns"
    yield "Section 3.4", "RFDN-L gains nothing over IMDN on B100 and Urban100 in Figs 9a, 9d", all(flat), finding

    lost = [f"{m} on {d} at x{s}, against {base}" for base in ("IMDN", "RFDN-L")
            for (s, d, m), gain in gains("G-IDRN", base).items() if gain <= 0]  # fmt: skip
    finding = f"not in {', '.join(lost)}" if lost else "in every column"
    yield "Section 3.4", "better than IMDN and RFDN-L at every scale", "in part" if lost else True, finding

    for metric, told in (("PSNR", (15.50, 1.93, 1.90)), ("SSIM", (15.75, 2.50, 1.90))):
        text = ", ".join(f"{ratio(s, metric):.2f}" for s in SCALES)
        finding = (
            f"gain over IMDN divided by RFDN-L's: {text} from Table 4; {metric} itself is not raised by such factors"
        )
        yield "Section 3.4", f"mean {metric} raised " + ", ".join(f"{t:.2f}" for t in told) + " times", False, finding

    ahead = gains("G-IDRN", "RFDN-L")
    widest = [max(SETS, key=lambda d, s=s: ahead[s, d, "PSNR"]) == "Urban100" for s in SCALES]
    finding = (
        "PSNR above RFDN-L there: " + ", ".join(f"{ahead[s, 'Urban100', 'PSNR'] / 100:.2f}" for s in SCALES) + " dB"
    )
    yield "Section 3.4", "the gain is largest on Urban100", all(widest), finding


def cost(table):
    """Section 3.5(2), on Table 5."""
    keys = (("Set14", "PSNR"), ("Set14", "SSIM"), ("", "FLOPs"))
    rows = {m: [table["Table 5", m, *key] for key in keys] for m in ("CARN", "IMDN", "RFDN-L", "G-IDRN")}
    psnr, ssim, work = rows.pop("G-IDRN")
    better = all(psnr > a and ssim > b and work < c for a, b, c in rows.values())
    finding = f"{psnr:.2f} dB, {ssim:.4f} and {work:.2f} G in Table 5"
    yield "Section 3.5", "higher PSNR and SSIM with less arithmetic than CARN, IMDN, RFDN-L", better, finding


def _part(exceptions):
    """True without exceptions, False where there is nothing else, and in between "in part"."""
    exceptions = list(exceptions)
    return not any(exceptions) or (not all(exceptions) and "in part")
