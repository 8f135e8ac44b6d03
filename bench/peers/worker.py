"""One tool in a process of its own, on so many threads and cores. Reads a request (JSON) a line, answers with one:
{"workload": {...}} prepares and warms up; {"seconds": S} measures; with "single" the latency of single calls.
Usage: worker.py TOOL THREADS"""

import importlib
import json
import os
import statistics
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
SAMPLE_SECONDS = 0.005
FIRST_RUNS = 3  # compile


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
    for _ in range(FIRST_RUNS): seconds_of(task, 1)
    start, runs = time.perf_counter(), 0
    while runs == 0 or time.perf_counter() - start < WARM_UP_SECONDS:
        seconds_of(task, 1)
        runs += 1
    return (time.perf_counter() - start) / runs


def measure(task, seconds, one_run):
    """Microseconds a step: the median of samples of some milliseconds, as thalweg-bench takes them."""
    runs, samples, start = max(1, round(SAMPLE_SECONDS / one_run)), [], time.perf_counter()
    while not samples or time.perf_counter() - start < seconds: samples.append(seconds_of(task, runs))
    return 1e6 * statistics.median(samples) / (runs * task.calls_of_a_run)


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
            answer = {"us": measure(task, request["seconds"], one_run)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__": main()
