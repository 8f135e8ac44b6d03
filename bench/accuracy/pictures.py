"""The picture of docs/accuracy.md."""

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402, the backend comes first

GAINS = "accuracy-gains.svg"
STYLE = {"svg.hashsalt": "thalweg", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
         "axes.axisbelow": True, "figure.constrained_layout.use": True}
# Okabe and Ito's colours, which people tell apart however they see them.
BETTER, WORSE = "#009E73", "#D55E00"


def draw(gains, path):
    """A bar for each table, {name: share of the best peer's error that is gone}, the greatest on top."""
    ordered = sorted(gains.items(), key=lambda item: item[1])
    with pyplot.rc_context(STYLE):
        figure, axis = pyplot.subplots(figsize=(8, 1 + 0.24 * len(ordered)))
        values = [100 * value for _, value in ordered]
        axis.barh([name for name, _ in ordered], values, color=[BETTER if value > 0 else WORSE for value in values])
        axis.axvline(0, color="#000000", linewidth=1)
        axis.grid(axis="x", color="#dddddd", linewidth=0.6)
        axis.tick_params(axis="y", length=0)
        axis.set_xlabel("% less error than the best peer at its defaults")
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
