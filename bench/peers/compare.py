"""Times thalweg-bench and the peers on the same workloads, in turns, and returns the medians."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import cores
import worker

HERE = Path(__file__).parent
ROUNDS = 5
SECONDS = 0.12  # of a measurement
LATENCY_SECONDS = 0.5
OURS = "Thalweg"
TRAINING_ONLY = {"JAX scan"}
FLOAT32_ONLY = {"scikit-learn"}
PRECISIONS = ["float32", "bf16"]
LEAST_FLOPS_IN_BF16 = 5e6  # of a step; in a smaller one the products are not what takes the time


class Peer:
    """A worker process."""

    def __init__(self, tool, threads):
        self.tool, self.version = tool, None
        self.process = subprocess.Popen([sys.executable, str(HERE / "worker.py"), tool, str(threads)],
                                        env={**os.environ, **worker.environment(threads)},
                                        preexec_fn=cores.hold_to(threads),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer: sys.exit(f"{self.tool} ended; what it said stands above")
        return json.loads(answer)

    def prepare(self, workload):
        self.version = self.ask(workload=workload)["version"]

    def measure(self):
        return self.ask(seconds=SECONDS)["us"]

    def latency(self):
        return self.ask(seconds=LATENCY_SECONDS, single=True)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ours:
    def __init__(self, program, threads):
        self.tool, self.program, self.threads, self.answers = OURS, program, threads, []

    def ask(self, seconds, threads):
        words = [self.program, "--workload", self.workload["workload"], "--precision", self.workload["precision"],
                 "--threads", str(threads), "--seconds", str(seconds), "--json"]
        return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)

    def prepare(self, workload):
        self.workload, self.answers = workload, []

    def measure(self):
        self.answers.append(self.ask(SECONDS, self.threads))
        return self.answers[-1]["us_per_step"]

    def latency(self):
        answer = self.ask(LATENCY_SECONDS, threads=1)  # one caller; more of them would each take a row
        return {key: answer[key] for key in ("us_median", "us_p99")}

    def limit(self):
        return statistics.median(answer["limit_gflops"] for answer in self.answers)


def about(build):
    """The version and the SIMD target, of "thalweg 0.1.0 (AVX2)"."""
    said = subprocess.run([build / "thalweg", "--version"], check=True, capture_output=True, text=True).stdout
    _, version, target = said.split()
    return {"thalweg": version, "simd_target": target.strip("()")}


def workloads(program, precision):
    listed = json.loads(subprocess.run([program, "--list", "--json"], check=True, capture_output=True, text=True).stdout)
    if precision == "bf16":
        listed = [each for each in listed if each["kind"] == "training" and each["flops"] >= LEAST_FLOPS_IN_BF16]
    return [{**workload, "precision": precision} for workload in listed]


def compare_workload(workload, tools):
    """{tool: {"us": median, "samples": [...]}} with the tools in turns; single calls where the batch is one row."""
    inference = workload["kind"] == "inference"
    tools = [tool for tool in tools if not (inference and tool.tool in TRAINING_ONLY)]
    for tool in tools: tool.prepare(workload)
    samples = {tool.tool: [] for tool in tools}
    for _ in range(ROUNDS):
        for tool in tools:
            time.sleep(0.01)  # the threads of the last tool go to sleep
            samples[tool.tool].append(tool.measure())
    results = {name: {"us": statistics.median(us), "samples": us} for name, us in samples.items()}
    if inference and workload["batch"] == 1:
        for tool in tools: results[tool.tool].update(tool.latency())
    return results


def compare(program, threads, precision, done=()):
    """Yields {workload, limit_gflops, results, versions} of each workload whose name is not among `done`."""
    left = [workload for workload in workloads(program, precision) if workload["workload"] not in done]
    if not left: return
    ours = Ours(program, threads)
    peers = [Peer(tool, threads) for tool in worker.TOOLS if precision == "float32" or tool not in FLOAT32_ONLY]
    for workload in left:
        results = compare_workload(workload, [ours, *peers])
        print(f"{threads} thread(s)  {precision:<7}  {workload['workload']:<13}" +
              "  ".join(f"{tool} {result['us']:.4g}" for tool, result in results.items()), file=sys.stderr)
        yield {"workload": workload, "limit_gflops": ours.limit(), "results": results,
               "versions": {peer.tool: peer.version for peer in peers}}
    for peer in peers: peer.close()
