"""The pictures of docs/benchmarks.md."""

import matplotlib
from compare import OURS

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402, the backend comes first

RATIOS, SHARES = "benchmarks-ratios.svg", "benchmarks-shares.svg"
# Okabe and Ito's colours, which people tell apart however they see them.
COLOURS = {OURS: "#000000", "PyTorch": "#D55E00", "PyTorch compiled": "#E69F00", "scikit-learn": "#56B4E9",
           "JAX": "#009E73", "JAX scan": "#CC79A7"}
STYLE = {"svg.hashsalt": "thalweg", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
         "axes.axisbelow": True, "figure.constrained_layout.use": True}


def panels(results):
    runs = results["runs"]
    figure, axes = pyplot.subplots(len(runs), 1, figsize=(9, 3.2 * len(runs)), squeeze=False)
    for run, axis in zip(runs, axes[:, 0]):
        axis.set_title(f"{run['threads']} thread{'s' if run['threads'] > 1 else ''}", loc="left")
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
        axis.set_xticks(range(len(run["float32"])), [row["workload"]["workload"].replace("-", "\n") for row in run["float32"]])
        axis.tick_params(axis="x", length=0)
        yield figure, axis, run["float32"]


def bars(axis, rows, tools, base, end_of):
    """A group for each row, a bar for each tool, from `base` to end_of(row, tool)."""
    width = 0.8 / len(tools)
    for place, tool in enumerate(tools):
        points = [(x, end_of(row, tool) - base) for x, row in enumerate(rows) if tool in row["results"]]
        axis.bar([x - 0.4 + (place + 0.5) * width for x, _ in points], [height for _, height in points], width, base,
                 color=COLOURS[tool], label=tool)


def save(figure, path):
    figure.axes[0].legend(ncols=6, frameon=False, loc="lower right", bbox_to_anchor=(1, 1))
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def draw_ratios(results, path):
    for figure, axis, rows in panels(results):
        bars(axis, rows, [tool for tool in COLOURS if tool != OURS], 1,
             lambda row, tool: row["results"][tool]["us"] / row["results"][OURS]["us"])
        axis.axhline(1, color=COLOURS[OURS], linewidth=1.2)
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.set_ylabel("times as long as Thalweg")
    save(figure, path)


def draw_shares(results, path):
    for figure, axis, rows in panels(results):
        bars(axis, rows, list(COLOURS), 0, lambda row, tool:
             100 * row["workload"]["flops"] / row["results"][tool]["us"] / 1e3 / row["limit_gflops"])
        axis.set_ylim(0, 100)
        axis.set_ylabel("% of the limit")
    save(figure, path)


def draw(results, folder):
    with pyplot.rc_context(STYLE):
        draw_ratios(results, folder / RATIOS)
        draw_shares(results, folder / SHARES)
