"""Times Thalweg and its peers and writes docs/benchmarks.md with its pictures.
Usage: main.py BUILD_DIR DOCS_DIR [--tables FOLDER] [--from JSON]
What is measured is kept in benchmarks.json beside BUILD_DIR after each workload; a run that was stopped goes on from it.
FOLDER holds NAME.train.csv.gz, NAME.test.csv.gz and a datasets.json that tells name, task and target of each."""

import argparse
import datetime
import hashlib
import json
import platform
from pathlib import Path

import compare
import cores
import document
import pictures
import tables

OWN_TABLES = Path(__file__).parents[2] / "tests" / "data" / "tables"


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"): return line.partition(":")[2].strip()
    return platform.machine()


def operating_system():
    release = platform.freedesktop_os_release()
    return release.get("PRETTY_NAME", platform.system())


def facts(build, folder):
    cores_usable = len(cores.usable())
    return {"cpu": cpu_model(), "cores": cores_usable, "system": operating_system(),
            "python": platform.python_version(), "rounds": compare.ROUNDS, "network": tables.NETWORK,
            "tables": [table["name"] for table in tables.tables(folder)], **compare.about(build),
            "library": hashlib.sha256((build / "libthalweg.so").read_bytes()).hexdigest()}


def begin(build, folder, kept):
    """What a run that was stopped has measured of this machine, this very build and these tables, else nothing yet."""
    now = facts(build, folder)
    if kept.exists():
        earlier = json.loads(kept.read_text())
        if not earlier.get("complete", True) and {key: earlier.get(key) for key in now} == now: return earlier
    threads = sorted({1, now["cores"]})
    return {"date": datetime.date.today().isoformat(), **now, "versions": {}, "complete": False,
            "runs": [{"threads": count, **{precision: [] for precision in compare.PRECISIONS}, "tables": []}
                     for count in threads]}


def measure(build, folder, kept):
    results = begin(build, folder, kept)

    def save():
        half = kept.with_suffix(".half")  # a run that is stopped here keeps what it had
        half.write_text(json.dumps(results, indent=1))
        half.replace(kept)

    for run in results["runs"]:
        for precision in compare.PRECISIONS:
            for row in compare.compare(build / "thalweg-bench", run["threads"], precision,
                                       {row["workload"]["workload"] for row in run[precision]}):
                results["versions"].update(row.pop("versions"))
                run[precision].append(row)
                save()
        for row in tables.compare(build / "thalweg", folder, run["threads"],
                                  {row["table"]["name"] for row in run["tables"]}):
            run["tables"].append(row)
            save()
    results["complete"] = True
    save()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=Path, help="where thalweg and thalweg-bench are")
    parser.add_argument("docs", type=Path, help="where benchmarks.md goes")
    parser.add_argument("--tables", type=Path, default=OWN_TABLES, help="a folder of public tables, with datasets.json")
    parser.add_argument("--from", dest="measured", type=Path, help="write anew from what an earlier run measured")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    if arguments.measured: results = json.loads(arguments.measured.read_text())
    else: results = measure(build, arguments.tables, build.parent / "benchmarks.json")
    pictures.draw(results, arguments.docs)
    (arguments.docs / "benchmarks.md").write_text(document.text(results))


main()
