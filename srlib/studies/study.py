"""A table or figure of a document as data: its rows, what each changes, and the cells it should reproduce."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from srlib import paths, records
from srlib.errors import Busy, SrlibError
from srlib.recipe import Recipe
from srlib.training import train


@dataclass(frozen=True)
class Row:
    """One row: what it changes of the study's recipe, and which published cells it measures.

    label     how pages call it; the name where nothing else is said
    options   of the model, added to the recipe's
    changes   other keys of the recipe
    cells     (item, row) pairs of data/published/<document>.csv
    same_as   (study, row) whose runs are this row's too, where two tables of a document share a network
    """

    name: str
    label: str = ""
    options: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)
    cells: tuple = ()
    same_as: tuple = ()

    def __post_init__(self):
        object.__setattr__(self, "label", self.label or self.name)


@dataclass(frozen=True)
class Study:
    """A question asked with several rows that share one recipe.

    key         name of the study and of its folder below data/records
    profiles    profile name -> the recipe that every row starts from
    tolerance   dB, stated beforehand: how near a retrained network must come to the printed value
    seeds       which seeds the committed records have
    narrow      profiles whose networks are smaller than the document's (`srlib.verdicts`)
    """

    key: str
    title: str
    document: str
    item: str
    rows: tuple
    profiles: dict
    protocol: str = "y8"
    test_sets: tuple = ("Set5", "Set14")
    tolerance: float = 0.10
    seeds: tuple = (0, 1, 2)
    narrow: tuple = ()

    def row(self, name):
        for row in self.rows:
            if row.name == name:
                return row
        raise SrlibError(f"{self.key} has no row {name!r}: it has {', '.join(row.name for row in self.rows)}")

    def recipe(self, row, profile, seed) -> Recipe:
        """The recipe of one run. `row` is a Row or its name."""
        if profile not in self.profiles:
            raise SrlibError(f"{self.key} has no profile {profile!r}: it has {', '.join(self.profiles)}")
        row = self.row(row) if isinstance(row, str) else row
        base = self.profiles[profile]
        return replace(base, options=base.options | row.options, seed=seed, **row.changes)

    def folder(self, row, profile, seed, root=None) -> Path:
        """Where the record of one run lies: <root>/<key>/<row>-<profile>-seed<n>."""
        row = self.row(row) if isinstance(row, str) else row
        key, name = row.same_as or (self.key, row.name)
        return Path(root or paths.RECORDS) / key / f"{name}-{profile}-seed{seed}"

    def records(self):
        """The finished records, as {(row name, profile): [Run, ...]} with a run for each seed.

        Raises SrlibError when a run was made by another recipe than the study now has (the seed and the test sets do
        not count): its numbers would stand under a recipe that did not make them.
        """
        places = {row.same_as or (self.key, row.name): row for row in self.rows}
        found = {}
        for key in dict.fromkeys([self.key, *(key for key, _ in places)]):
            for run in records.find(key):
                name, profile, _ = run.folder.name.rsplit("-", 2)  # <row>-<profile>-seed<n>
                if key != self.key and ((key, name) not in places or profile not in self.profiles):
                    continue  # the other study's own business
                row = places.get((key, name)) or self.row(name)
                wanted = replace(self.recipe(row, profile, run.recipe.seed), test_sets=run.recipe.test_sets)
                if run.recipe != wanted:
                    raise SrlibError(f"{run.folder}: was made by another recipe than {self.key}/{row.name} has now")
                found.setdefault((row.name, profile), []).append(run)
        return found

    def per_seed(self, dataset, *, scale=None, metric="psnr", profile="short"):
        """{label of a row: [mean over a test set's images, one a finished run]}, for the rows that have any.

        scale   None: each row's own; otherwise the rows that were measured at it
        """
        found, groups = {}, self.records()
        for row in self.rows:
            means = [run.mean(dataset, metric, scale) for run in groups.get((row.name, profile), ())]
            if values := [mean for mean in means if mean is not None]:
                found[row.label] = values
        return found


def run_study(study, profile, rows=None, seeds=None, root=None):
    """Train what is missing of a study, all rows of a seed before the next seed.

    Finished runs are read, and those that another process is training are skipped: start the command twice to use two
    processes. Yields (name of the row, records.Run) when a run is there.
    """
    for seed in seeds or study.seeds:
        for row in study.rows:
            if rows and row.name not in rows:
                continue
            try:
                run = train(study.recipe(row, profile, seed), study.folder(row, profile, seed, root))
            except Busy:
                continue
            yield row.name, run


def results(study, profile, seed, *, rows=None, root=None):
    """{(name of a row, data set, "PSNR"): mean over its images, dB} of one seed; trains what is missing of it."""
    runs = run_study(study, profile, rows, [seed], root)
    return {(row, dataset, "PSNR"): run.mean(dataset) for row, run in runs for dataset in run.recipe.test_sets}
