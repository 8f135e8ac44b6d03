"""Times Thalweg and its peers and writes docs/benchmarks.md with its pictures.
Usage: main.py BUILD_DIR DOCS_DIR [--tables FOLDER] [--from JSON]
FOLDER holds NAME.train.csv.gz, NAME.test.csv.gz and a datasets.json that tells name, task and target of each."""

import argparse
import datetime
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


def measure(build, folder):
    cores_usable = len(cores.usable())
    results = {"date": datetime.date.today().isoformat(), "cpu": cpu_model(), "cores": cores_usable,
               "system": operating_system(), "python": platform.python_version(), "rounds": compare.ROUNDS,
               "network": tables.NETWORK, **compare.about(build), "runs": []}
    for threads in sorted({1, cores_usable}):
        steps, results["versions"] = compare.compare(build / "thalweg-bench", threads)
        results["runs"].append({"threads": threads, "steps": steps,
                                "tables": tables.compare(build / "thalweg", folder, threads)})
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("build", type=Path, help="where thalweg and thalweg-bench are")
    parser.add_argument("docs", type=Path, help="where benchmarks.md goes")
    parser.add_argument("--tables", type=Path, default=OWN_TABLES, help="a folder of public tables, with datasets.json")
    parser.add_argument("--from", dest="measured", type=Path, help="write anew from what an earlier run measured")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    results = json.loads(arguments.measured.read_text()) if arguments.measured else measure(build, arguments.tables)
    (build.parent / "benchmarks.json").write_text(json.dumps(results, indent=1))
    pictures.draw(results, arguments.docs)
    (arguments.docs / "benchmarks.md").write_text(document.text(results))


main()
