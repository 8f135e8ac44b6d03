"""What the scripts that hold a preset against its authors' package share: runs, each of one tool with one seed, and their table.

A run: {"table", "preset", "tool", "seed", "scores": {name: value}, "cpu": seconds of user and system, "epochs"}."""

import json
import resource
import statistics

OURS, AUTHORS = "Thalweg", "authors"


def cpu_seconds():
    """Of this process and of children that ended."""
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(of.ru_utime + of.ru_stime for of in used)


class Stopwatch:
    """CPU seconds since it was made."""

    def __init__(self):
        self.start = cpu_seconds()

    def seconds(self):
        return cpu_seconds() - self.start


def add_options(parser):
    parser.add_argument("--seeds", type=lambda text: [int(seed) for seed in text.split(",")], default=list(range(5)))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print each run as a line of JSON, and no table")


def number(value):
    return f"{value:,.0f}" if abs(value) >= 10000 else f"{value:.5g}" if value >= 1 else f"{value:.4f}"


def spread(values):
    """One value alone tells of no deviation."""
    mean = number(statistics.mean(values))
    return f"{mean} ± {statistics.stdev(values):.2g}" if len(values) > 1 else mean


def pairs(runs):
    """{(table, preset): (runs of ours, runs of the authors' package)}, of the seeds that both have."""
    found = {}
    for run in runs: found.setdefault((run["table"], run["preset"]), {OURS: {}, AUTHORS: {}})[run["tool"]][run["seed"]] = run
    both = {key: sorted(set(tools[OURS]) & set(tools[AUTHORS])) for key, tools in found.items()}
    return {key: tuple([tools[tool][seed] for seed in both[key]] for tool in (OURS, AUTHORS))
            for key, tools in found.items() if both[key]}


def table(runs):
    """A row for each score, and CPU seconds in the first row of a table and preset."""
    lines = ["| table | preset | score | seeds | Thalweg | package of the authors | CPU seconds | theirs | share |",
             "|" + "---|" * 9]
    for (name, preset), tools in sorted(pairs(runs).items()):
        ours, theirs = (statistics.mean(run["cpu"] for run in made) for made in tools)
        times = [f"{ours:.3g}", f"{theirs:.3g}", f"{ours / theirs:.2f}"]
        for score in tools[0][0]["scores"]:
            spreads = [spread([run["scores"][score] for run in made]) for made in tools]
            lines.append("| " + " | ".join([name, f"`{preset}`", score, str(len(tools[0])), *spreads, *times]) + " |")
            times = ["", "", ""]
    return "\n".join(lines)


def tell(runs, as_json):
    """Prints runs as they come where `as_json`, else their table at the end."""
    made = []
    for run in runs:
        made.append(run)
        if as_json: print(json.dumps(run), flush=True)
    if not as_json: print(table(made))
