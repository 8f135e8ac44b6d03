"""One tool in a process of its own, with its own threads. Reads a request (JSON) a line, answers with one:
{"workload": {...}} prepares and warms up; {"seconds": S} measures once. Usage: worker.py TOOL THREADS"""

import importlib
import json
import os
import sys
import time

TOOLS = {
    "PyTorch": ("with_pytorch", {}),
    "PyTorch compiled": ("with_pytorch", {"compiled": True}),
    "scikit-learn": ("with_sklearn", {}),
    "JAX": ("with_jax", {}),
    "JAX scan": ("with_jax", {"epochs": True}),
}
WARM_UP_SECONDS = 0.3
LEAST_WARM_UP = 3


def environment(threads):
    """What the libraries read when they are loaded."""
    number = str(threads)
    return {"OMP_NUM_THREADS": number, "OPENBLAS_NUM_THREADS": number, "MKL_NUM_THREADS": number, "NPROC": number,
            "JAX_PLATFORMS": "cpu",
            "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=" + ("true" if threads > 1 else "false")}


def seconds_of(task, runs):
    start = time.perf_counter()
    for _ in range(runs): task.run()
    task.wait()
    return time.perf_counter() - start


def warm_up(task):
    """Returns the seconds of one run, once everything is compiled."""
    start, runs, last = time.perf_counter(), 0, 0.0
    while runs < LEAST_WARM_UP or time.perf_counter() - start < WARM_UP_SECONDS and runs < 10000:
        last = seconds_of(task, 1)
        runs += 1
    return last


def measure(task, seconds, one_run):
    """Microseconds a step, and the seconds of one run."""
    runs = max(1, round(seconds / one_run))
    one_run = seconds_of(task, runs) / runs
    return 1e6 * one_run / task.calls_of_a_run, one_run


def single_calls(task, seconds):
    """Microseconds of single calls: median and 99th percentile."""
    times, start = [], time.perf_counter()
    while len(times) < 200 or time.perf_counter() - start < seconds: times.append(1e6 * seconds_of(task, 1))
    times.sort()
    return {"us_median": times[len(times) // 2], "us_p99": times[len(times) * 99 // 100]}


def main():
    tool, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    name, options = TOOLS[tool]
    module = importlib.import_module(name)
    module.set_threads(threads)
    task, one_run = None, 0.0
    for line in sys.stdin:
        request = json.loads(line)
        if "workload" in request:
            task = module.Task(request["workload"], **options)
            one_run = warm_up(task)
            answer = {"version": module.version}
        elif request.get("single"):
            answer = single_calls(task, request["seconds"])
        else:
            us, one_run = measure(task, request["seconds"], one_run)
            answer = {"us": us}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__": main()
