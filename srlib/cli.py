"""The command line: `python -m srlib VERB ...`.

Exit code 0: done; 1: it failed, and stderr says why in one line; 2: the command itself was wrong.
What a verb does is in `srlib.commands`, `srlib.run_commands` and `srlib.study_commands`; they are imported only when it
runs, so that `--help` answers at once.
"""

import argparse
import importlib
import os
import sys

from srlib.errors import SrlibError

EXAMPLES = """examples:
  python -m srlib data fetch Set5
  python -m srlib evaluate --model bicubic --dataset Set5 --scale 3 --protocol y8
  python -m srlib train ddsr-kernel_size/k3 --profile quick --out build/k3
  python -m srlib upscale photo.png --out enlarged --model ddsr --scale 3 --weights build/k3
  python -m srlib upscale photo.png --out enlarged --model imdn --scale 4 --ensemble
"""
PROFILES = ("quick", "short", "paper")


class Parser(argparse.ArgumentParser):
    """argparse, with its complaints on one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def parser():
    """The whole grammar; `args.run` becomes "module.function", the one that does the verb."""
    top = Parser(prog="srlib", description="Super-resolution, reproduced: data, networks, training, records.",
                 epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = top.add_subparsers(metavar="VERB", required=True)

    data = _group(verbs, "data", "image sets: list, fetch, verify")
    _verb(data, "list", "commands.data_list", "name every image set and say whether it is here", json=True)
    sub = _verb(data, "fetch", "commands.data_fetch", "download image sets, or weights, and check every byte")
    sub.add_argument("names", nargs="+", metavar="NAME", help="a set, or `weights`: the authors' own weights")
    sub = _verb(data, "verify", "commands.data_verify", "tell each bad file of image sets", json=True)
    sub.add_argument("names", nargs="*", metavar="NAME", help="default: every set that is on this machine")

    _verb(verbs, "models", "commands.models_list", "name every network and its options", json=True)

    sub = _verb(verbs, "evaluate", "commands.evaluate", "measure a network on an image set", json=True)
    _model_options(sub)
    sub.add_argument("--dataset", required=True, metavar="D", help="see `srlib data list`")
    sub.add_argument("--protocol", metavar="P",
                     help="y8, rgb, rgb_float or float; default: rgb for an RGB network, else y8")
    sub.add_argument("--ifc", action="store_true", help="measure the information fidelity criterion too")

    sub = _verb(verbs, "upscale", "commands.upscale", "enlarge pictures: writes DIR/<name>_x<scale>.png")
    sub.add_argument("inputs", nargs="+", metavar="IN")
    sub.add_argument("--out", required=True, metavar="DIR")
    _model_options(sub)
    sub.add_argument("--ensemble", action="store_true", help="average over eight turned and mirrored copies")
    sub.add_argument("--force", action="store_true", help="replace files that are already there")

    sub = _verb(verbs, "train", "run_commands.train", "train one row of a study, or a recipe of your own")
    sub.set_defaults(parser=sub)
    sub.add_argument("row", nargs="?", metavar="STUDY/ROW", help="`srlib study` names them all")
    sub.add_argument("--set", nargs="+", metavar="KEY=VALUE", dest="settings",
                     help="instead of STUDY/ROW, what differs from the default recipe, such as "
                          "model=ddsr options.depth=6 train_set=embedded_train iterations=500")
    sub.add_argument("--profile", choices=PROFILES, help="of STUDY/ROW (default: quick)")
    sub.add_argument("--seed", type=int, metavar="N", help="of STUDY/ROW (default: 0)")
    sub.add_argument("--out", metavar="DIR",
                     help="the run's folder; a stopped run in it goes on (default for STUDY/ROW: its place "
                          "in data/records, or in build/runs when quick)")

    sub = _verb(verbs, "study", "study_commands.study", "train what is missing of a study, or of all of a document's",
                json=True)
    sub.add_argument("name", nargs="?", metavar="NAME",
                     help="a study, or a document for all of its studies; without it, name every study and its rows")
    sub.add_argument("--profile", choices=PROFILES, default="quick", help="default: quick")
    sub.add_argument("--jobs", type=_count, metavar="N",
                     help="processes side by side (default: one a core; on an accelerator as many as its memory holds)")
    sub.add_argument("--list", action="store_true",
                     help="train nothing: say what is done, partial or missing, and how many minutes it takes")

    records = _group(verbs, "records", "what training runs left behind: list, verify, measure")
    _verb(records, "list", "run_commands.records_list", "name every finished run and its results", json=True)
    sub = _verb(records, "verify", "run_commands.records_verify", "check runs by their digests", json=True)
    sub.add_argument("folders", nargs="*", metavar="DIR", help="default: all of data/records")
    sub = _verb(records, "measure", "run_commands.records_measure", "measure runs with weights again, on these sets")
    sub.add_argument("folders", nargs="+", metavar="DIR")
    sub.add_argument("--sets", nargs="+", required=True, metavar="SET", help="such as Set5 Set14 BSD200")

    sub = _verb(verbs, "scorecard", "run_commands.scorecard",
                "set every published number beside the measured one, with a verdict", json=True)
    sub.add_argument("--paper", metavar="KEY", help="one document only, such as ddsr")
    return top


def _count(text):
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number above 0, not {text!r}")
    return int(text)


def _group(verbs, name, help):
    return verbs.add_parser(name, help=help, description=help).add_subparsers(metavar="VERB", required=True)


def _verb(group, name, run, help, json=False):
    sub = group.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".")
    sub.set_defaults(run=run, json=False)
    if json:
        sub.add_argument("--json", action="store_true", help="print JSON on stdout, and nothing else there")
    return sub


def _model_options(sub):
    sub.add_argument("--model", required=True, metavar="M", help="see `srlib models`")
    sub.add_argument("--scale", required=True, type=int, metavar="S", help="2, 3 or 4")
    sub.add_argument("--weights", metavar="W",
                     help="a run's folder, a record as STUDY/RUN, a .safetensors file, or official (official:9-1-5 "
                          "is one of several); default: official where there are some, a record for ddsr; bicubic "
                          "needs none")


def main(arguments=None):
    """Run one command and return its exit code."""
    sys.stdout.reconfigure(errors="backslashreplace")  # a name that cannot be shown is no failure (stderr does so too)
    args = parser().parse_args(arguments)
    module, _, function = args.run.partition(".")
    try:
        failed = getattr(importlib.import_module("srlib." + module), function)(args)
        sys.stdout.flush()
        return 1 if failed else 0
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        message = "interrupted"
    except SrlibError as error:
        message = str(error)
    except OSError as error:
        message = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except MemoryError:
        message = "out of memory"
    print("srlib: " + " ".join(message.split()), file=sys.stderr)
    return 1
