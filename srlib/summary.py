"""What the scorecard says in few words: counts, a line for each page, and the result in five sentences."""

from collections import Counter

from srlib import chapters, studies
from srlib.statistics import MINIMUM_SEEDS
from srlib.verdicts import WORDS

HOLDS = ("exact", "within", "reached", "trend")
# The code before the colon of a cause, in plain words.
CAUSES = {
    "printed": "equal to the last printed digit",
    "tolerance": "inside the tolerance that was stated beforehand",
    "our-recipe": "reached by our own, shorter training",
    "claim": "another value; the order that the document claims is shown by a test",
    "above": "measured above the printed value",
    "below": "measured below the printed value",
    "erratum": "the document contradicts itself",
    "no-training": "the network is built here; its authors' weights are not at hand, and no study trains it",
    "no-set": "that image set is not among this book's, which all have a public address",
    "no-record": "its training or its measurement is not in the records yet",
    "no-data": "its runs were not measured on that image set",
    "no-model": "the network is not built here yet",
    "no-weights": "the authors' weights were not measured on that image set",
    "no-count": "not counted yet",
    "hardware": "seconds and megabytes belong to the document's machine",
    "setting": "what the document did, and no result of it",
    "seeds": "too few runs to show a difference",
}
KERNELS = ("7x7x64 - 3x3x64", "Set5")  # the gain of Text 2.1 that the last sentence is about


def codes(card):
    """The code of each cell's cause, a Series of keys of CAUSES."""
    return card["cause"].str.partition(":")[0]


def by_cause(card):
    """[(verdict, code of a cause, count)], verdicts in their order and the most frequent cause first."""
    counts = Counter(zip(card["verdict"], codes(card), strict=True))
    return [(word, code, counts[word, code]) for word in WORDS
            for code in sorted(CAUSES, key=lambda code: -counts[word, code]) if counts[word, code]]  # fmt: skip


def by_item(card):
    """[(document, item, {verdict: count})] of every item with a printed number, as chapters.PAGES orders them."""
    counts = Counter(zip(card["paper"], card["item"], card["verdict"], strict=True))
    have = {(document, item) for document, item, _ in counts}
    return [(document, item, {word: counts[document, item, word] for word in WORDS})
            for document, items in chapters.PAGES.items() for item in items if (document, item) in have]  # fmt: skip


def counted(card):
    """ "226 printed numbers: 73 exact, 41 within, ..." """
    counts = Counter(card["verdict"])
    return f"{len(card)} printed numbers: " + ", ".join(f"{counts[word]} {word}" for word in WORDS if counts[word])


def badge(card, document, items=()):
    """The line at the top of a page: the chapter's counts, and which of the document's items this page treats."""
    own = counted(card[card["paper"] == document])
    here = f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items) or "none of them"
    if len(items) > 3:
        here = "all of them" if list(items) == list(chapters.PAGES[document]) else here
    return f"{chapters.TITLES[document]}, {own} · this page: {here}"


def five_sentences(card):
    """The result of the whole project for a newcomer, computed from the scorecard and the records."""
    count, why = Counter(card["verdict"]), codes(card)
    differs = card[card["verdict"] == "differs"]["profile"]
    short, again, machine = (differs.isin(kinds).sum() for kinds in (["short", "narrow"], ["retrained"], ["relative"]))
    missing = Counter(why[card["verdict"] == "not run"]).most_common(2)
    reasons = ", and ".join(f"{CAUSES[code]} ({number})" for code, number in missing)
    return [
        f"The five documents print {len(card)} numbers that can be measured or counted again, and "
        f"{card['measured'].notna().sum()} of them stand beside a value of ours.",
        f"{sum(count[word] for word in HOLDS)} hold: {count['exact']} are equal to the last printed digit, "
        f"{count['within']} lie inside a tolerance that was stated beforehand, {count['reached']} are reached by our "
        f"own, shorter training, and in {count['trend']} the digits differ while the order that the document claims "
        "stands.",
        f"{count['differs']} differ: {len(differs) - short - again - machine} of them although nothing was trained "
        f"here or the authors' own weights were used, {again} with an older method that we trained again, {short} with "
        f"networks that we trained by a shorter recipe than the document's, and {machine} are times that stand to one "
        f"another otherwise on our machine; {count['impossible']} more cannot be true, because the document "
        "contradicts itself.",
        f"{count['not run']} were not run; the commonest reasons: {reasons}." if missing else "None was left out.",
        surprise(card),
    ]


def surprise(card):
    """Does a larger kernel help more than another random seed? The sentence that surprised us most."""
    row, dataset = KERNELS
    gains = card[(card["row"] == row) & (card["dataset"] == dataset)].to_dict("records")
    runs = studies.STUDIES["ddsr-kernel_size"].records().get(("k3", "short"), [])
    psnr = [run.mean(dataset) for run in runs]
    if not gains or gains[0]["measured"] is None or len(psnr) < MINIMUM_SEEDS:
        return "What would surprise most, whether DDSR's larger kernel helps more than another random seed, is not run."
    (gain,) = gains
    shown = "is confirmed" if gain["verdict"] in HOLDS else "is not found again"
    return (
        f"The greatest surprise is how much chance there is in such tables: the gain of {gain['printed']} dB that DDSR "
        f"prints for a larger kernel on {dataset} {shown} (ours is {gain['measured']:+.3f} dB over at least "
        f"{gain['n']} runs of each), while nothing but another random seed moves one and the same network by up to "
        f"{max(psnr) - min(psnr):.3f} dB."
    )


def joined(folders):
    """Paths with the runs of one row together: "x/k3-short-seed0" and "x/k3-short-seed1" are "x/k3-short-seed{0,1}"."""
    seeds = {}
    for path in folders:
        stem, found, seed = path.rpartition("-seed")
        seeds.setdefault(stem + found if found else path, []).append(seed if found else "")
    return [stem + (f"{{{','.join(ends)}}}" if len(ends) > 1 else ends[0]) for stem, ends in seeds.items()]
