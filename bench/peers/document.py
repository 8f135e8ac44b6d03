"""docs/benchmarks.md from what was measured."""

import statistics

from compare import OURS
from pictures import RATIOS, SHARES

PEERS = {"training": ["PyTorch", "PyTorch compiled", "scikit-learn", "JAX", "JAX scan"],
         "inference": ["PyTorch", "PyTorch compiled", "scikit-learn", "JAX"],
         "bf16": ["PyTorch", "PyTorch compiled", "JAX", "JAX scan"]}

INTRODUCTION = """# Benchmarks

How long Thalweg takes, beside current builds of its peers: the same networks, the same sizes of data, the same threads, one
run. `make bench-peers` measured and wrote this page; it needs some 8 GB of disk and half an hour to an hour:

```sh
make bench          # Thalweg alone, all workloads, on one thread and on all cores
make bench-peers    # with the peers, in a virtual environment of their own below build/; goes on where it was stopped
make bench-peers TABLES=folder    # trains on more tables: see bench/peers/main.py
```

| | |
|---|---|
| machine | {cpu}, {cores} cores; SIMD target {simd_target} |
| system | {system}, Python {python} |
| date | {date} |
| versions | {versions} |

## What is timed

A step is forward, loss, backward and update on one batch that is in memory already, in float32 but where
bf16 is said. Eight batches of random numbers are taken in turn.

| workload | widths | hidden | loss | batch | update rule | MFLOP a step |
|---|---|---|---|---|---|---|
{workloads}

- **Operations** are those of the matrix products: `2 B (3 sum n_i n_(i-1) - n_0 n_1)` for a batch of `B` rows, since nobody
  needs the gradient of the input; a prediction has `2 B sum n_i n_(i-1)`.
- **The limit** is what the cores do in fused multiply-adds on registers alone, measured in the same run between the
  samples.
- **PyTorch** runs its usual loop with the fused optimizers; *compiled* has its forward and backward pass through
  `torch.compile`. **scikit-learn** runs `fit` of its multi-layer perceptron over whole epochs, without shuffling. **JAX** has
  one jitted function a step, with optax; *scan* a whole pass over the eight batches in one jitted call (`lax.scan`), so
  that Python is passed once in eight steps.
- **Fairness.** Every tool has a process of its own that is held to as many cores as it has threads. Compiling and warming
  up are left out. The tools take turns, {rounds} times for each workload; a figure is the median.
"""

TRAINING = """
## {title}: microseconds a step

The limit is {limit} GFLOP/s.

| workload | Thalweg | {heads} | fastest peer / Thalweg | of the limit | fastest peer / limit |
|---|---|---|{lines}---|---|---|
{rows}

The last column is the most that any tool could gain over the fastest peer here: that peer's time over the time that the
operations take at the limit. Where a peer is near the limit already, no tool can be many times as fast.
"""

INFERENCE = """
## {title}: microseconds a prediction

`infer1` predicts one row: median, and the time that 99 of 100 calls stay below. `infer1024` predicts 1024 rows at once.

| workload | Thalweg | {heads} | fastest peer / Thalweg | of the limit |
|---|---|---|{lines}---|---|
{rows}
"""

BF16 = """
## {title}: microseconds a step in bf16

The factors of every product rounded to bfloat16, its sums in float32; parameters, moments and update in float32: Thalweg
with `--precision bf16`, PyTorch with its forward pass under `torch.autocast`, which rounds what comes out as well, JAX with both
factors cast. scikit-learn has no bf16. The limit is {limit} GFLOP/s.

| workload | Thalweg | {heads} | fastest peer / Thalweg | fastest peer in float32 / Thalweg | Thalweg in float32 / bf16 | of the limit |
|---|---|{lines}---|---|---|---|
{rows}
"""

TABLES = """
## {title}: from a table to a score

A network of {hidden} hidden neurons ({activation}), adam at {learning_rate}, batches of {batch}, {epochs} epochs, no
validation; the peers behind imputation, one-hot and standardisation by scikit-learn. Seconds of training, in brackets
with reading and preparing; the score is that on the test rows (accuracy, or the root mean squared error of each target).
The scaling of columns and the start of the weights are each tool's own. The score is of one seed, after the last step at a
rate that never falls, so it moves by some hundredths with the seed.

| table | Thalweg | scikit-learn | PyTorch | fastest peer / Thalweg | scores, in this order |
|---|---|---|---|---|---|
{rows}
"""


def number(value):
    """Three digits, without an exponent."""
    if value >= 1000: return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def times(ratio):
    return f"{ratio:.2f} x" if ratio < 10 else f"{ratio:.0f} x"


def most(ratio):
    return times(ratio) if ratio < 1000 else f"{number(ratio)} x"


def fastest_peer(results, key):
    """(its name, how many times as long it takes)."""
    name = min((tool for tool in results if tool != OURS), key=lambda tool: results[tool][key])
    return name, results[name][key] / results[OURS][key]


def workload_row(workload):
    widths = "-".join(map(str, workload["widths"]))
    if len(workload["widths"]) > 10: widths = "16, then 20 layers of 16, then 2"
    cells = [workload["workload"], widths, workload["activation"], workload["loss"], workload["batch"],
             workload["optimizer"], number(workload["flops"] / 1e6)]
    return "| " + " | ".join(map(str, cells)) + " |"


def cell(result):
    if "us_p99" in result: return f"{number(result['us_median'])} ({number(result['us_p99'])})"
    return number(result["us"])


def share_of_limit(row):
    return row["workload"]["flops"] / row["results"][OURS]["us"] / 1e3 / row["limit_gflops"]


def step_row(row):
    workload, results = row["workload"], row["results"]
    name, ratio = fastest_peer(results, "us_median" if "us_median" in results[OURS] else "us")
    share = share_of_limit(row)
    cells = [workload["workload"], f"**{cell(results[OURS])}**", *(cell(results[tool]) for tool in PEERS[workload["kind"]]),
             f"{times(ratio)} ({name})", f"{100 * share:.1f}%"]
    if workload["kind"] == "training": cells.append(most(ratio / share))
    return "| " + " | ".join(cells) + " |"


def table_row(row):
    results = row["results"]
    name, ratio = fastest_peer(results, "training")
    tools = [OURS, "scikit-learn", "PyTorch"]
    seconds = [f"{number(results[tool]['training'])} ({number(results[tool]['everything'])})" for tool in tools]
    scores = "; ".join(", ".join(f"{score:.3g}" for score in results[tool]["score"]) for tool in tools)
    return "| " + " | ".join([row["table"]["name"], *seconds, f"{times(ratio)} ({name})", scores]) + " |"


def bf16_row(row, in_float32):
    """Beside the same workload in float32."""
    results, ours = row["results"], row["results"][OURS]["us"]
    name, ratio = fastest_peer(results, "us")
    other, other_ratio = fastest_peer(in_float32["results"], "us")
    gain = in_float32["results"][OURS]["us"] / ours
    cells = [row["workload"]["workload"], f"**{cell(results[OURS])}**", *(cell(results[tool]) for tool in PEERS["bf16"]),
             f"{times(ratio)} ({name})", f"{times(other_ratio * gain)} ({other})", times(gain),
             f"{100 * share_of_limit(row):.1f}%"]
    return "| " + " | ".join(cells) + " |"


def limit_of(rows):
    return statistics.median(row["limit_gflops"] for row in rows)


def thread_sections(run, network):
    threads = run["threads"]
    title = "One thread" if threads == 1 else f"{threads} threads"

    def section(template, kind, rows, of):
        return template.format(title=title, heads=" | ".join(PEERS[kind]), lines="---|" * len(PEERS[kind]),
                               rows="\n".join(rows), limit=f"{limit_of(of):.0f}")

    training, inference = ([row for row in run["float32"] if row["workload"]["kind"] == kind]
                           for kind in ("training", "inference"))
    in_float32 = {row["workload"]["workload"]: row for row in training}
    yield section(TRAINING, "training", map(step_row, training), run["float32"])
    yield section(BF16, "bf16", [bf16_row(row, in_float32[row["workload"]["workload"]]) for row in run["bf16"]], run["bf16"])
    yield section(INFERENCE, "inference", map(step_row, inference), run["float32"])
    hidden = ", ".join(map(str, network["hidden"]))
    yield TABLES.format(title=title, rows="\n".join(map(table_row, run["tables"])), **{**network, "hidden": hidden})


def text(results):
    training = [row["workload"] for row in results["runs"][0]["float32"] if row["workload"]["kind"] == "training"]
    versions = {"Thalweg": results["thalweg"], **{name.partition(" ")[0]: version
                                                  for name, version in results["versions"].items()}}
    parts = [INTRODUCTION.format(
        **{key: results[key] for key in ("cpu", "cores", "simd_target", "system", "python", "date", "rounds")},
        versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        workloads="\n".join(map(workload_row, training)))]
    parts.append(f"\n![How many times as long as Thalweg a step takes]({RATIOS})\n\n![Share of the limit]({SHARES})\n")
    for run in results["runs"]: parts += thread_sections(run, results["network"])
    return "".join(parts)
