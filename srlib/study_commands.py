"""The verb `study`: what a study or a document still needs, and training it. As `srlib.commands`."""

import sys
from contextlib import ExitStack, closing

from srlib.commands import columns, emit
from srlib.run_commands import describe, root_of, summary


def study(args):
    if args.name or args.list:
        from srlib import studies
        from srlib.studies import campaign

        todo = campaign.jobs(studies.studies_named(args.name), args.profile, root_of(args.profile))
        return _list(args, todo) if args.list else _train(args, todo)
    return _names(args)


def _names(args):
    from srlib import studies

    rows = [{"name": one.key, "title": one.title, "rows": [row.name for row in one.rows],
             "profiles": list(one.profiles)} for one in studies.STUDIES.values()]
    table = [(row["name"], row["title"], *map(" ".join, (row["profiles"], row["rows"]))) for row in rows]
    emit(args, rows, columns(table))


def duration(minutes):
    """Minutes as people say them: "2.9 min", "32.2 h"."""
    return f"{minutes:.1f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _list(args, todo):
    from srlib.studies import campaign, workers

    lines = campaign.overview(todo, root_of(args.profile))
    table = [("run", "state", "iterations", "training time")]
    for line in lines:
        about = "" if line["state"] == "done" else "about "
        time = "?" if line["minutes"] is None else about + duration(line["minutes"])
        table.append((line["name"], line["state"], f"{line['iterations_done']} of {line['iterations']}", time))
    done = [line for line in lines if line["state"] == "done"]
    left = [line["minutes"] for line in lines if line["state"] != "done"]
    foot = [f"{len(done)} of {len(lines)} runs are done"]
    if done:
        devices = ", ".join(sorted({line["device"] for line in done}))
        foot[0] += f": {duration(sum(line['minutes'] for line in done))} of training ({devices})"
    if left and None not in left:
        processes = min(args.jobs or workers.room(), len(left))
        foot.append(f"{len(left)} are left: about {duration(sum(left))}, {duration(sum(left) / processes)} with "
                    f"{processes} side by side, at the median speed of the finished runs on such a device")
    elif left:
        foot.append(f"{len(left)} are left; no finished run on such a device tells how long they take")
    emit(args, lines, [*columns(table), *foot])


def _train(args, todo):
    """Train what is missing; every process has a bar of its own on a terminal, every run one line when it is there."""
    from srlib import records
    from srlib.studies import workers

    wanted = [job for job in todo if not records.finished(job.folder)]
    if len(wanted) < len(todo):
        print(f"{len(todo) - len(wanted)} of {len(todo)} runs are done already", file=sys.stderr)
    failed = False
    if wanted:
        processes = min(args.jobs or workers.room(), len(wanted))
        with ExitStack() as stack:
            bars = [stack.enter_context(_bar(number)) for number in range(processes)]
            events = workers.train_all([(job.recipe, job.folder) for job in wanted], processes)
            for event in stack.enter_context(closing(events)):
                failed |= _show(args, event, bars[event.process])
    finished = [job for job in todo if records.finished(job.folder)]
    if len(finished) < len(todo) and not failed:
        print(f"{len(todo) - len(finished)} runs are in the hands of other processes", file=sys.stderr)
    emit(args, [summary(records.load(job.folder)) for job in finished] if args.json else [], [])
    return failed


def _bar(number):
    from tqdm import tqdm

    return tqdm(position=number, unit="it", leave=False, disable=None)


def _show(args, event, bar):
    """Show one event; True when it is bad news."""
    from srlib import records

    if event.kind == "at" and not bar.disable:
        if bar.desc != (name := f"{event.folder.name}: "):
            bar.reset(event.iterations)
            bar.initial, bar.desc = event.iteration, name
        bar.n = event.iteration
        bar.refresh()
    elif event.kind == "done" and not args.json:
        bar.write(describe(records.load(event.folder)))
        sys.stdout.flush()  # at once, into a file too: the next run may take an hour
    elif event.kind in ("failed", "died"):
        bar.write(f"srlib: {event.message}", file=sys.stderr)
        return True
    return False
