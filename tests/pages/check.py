"""Opens the pages that the program writes in a real browser and uses them as a reader would.
Usage: check.py PROGRAM SOURCE_DIR [SCREENSHOT_DIR]"""

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browser import Browser

LARGEST_PAGE = 1_000_000
PHONE, DESKTOP = 390, 1280
# As report.js has it: of more curves the pointer tells the first, one in the middle and the last.
MOST_IN_KEY = 8


# WCAG 2.1, AA, for text of any size.
LEAST_CONTRAST = 4.5
# The contrast of every text that is seen with what is painted below it, lowest first: [ratio, text].
CONTRASTS = """(() => {
    const canvas = document.createElement("canvas"), paint = canvas.getContext("2d", { willReadFrequently: true });
    canvas.width = canvas.height = 1;
    const over = colours => {
        for (const colour of colours) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
        return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = rgb => rgb.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
                                .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
    const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const element = node.parentElement;
        if (!node.textContent.trim() || !element.checkVisibility() || element.closest("script, style, title, desc, .cursor")) continue;
        const below = [];
        for (let at = element; at; at = at.parentElement) below.unshift(getComputedStyle(at).backgroundColor);
        below.unshift(getComputedStyle(document.body).backgroundColor);
        const style = getComputedStyle(element), ink = element.closest("svg") ? style.fill : style.color;
        const [darker, lighter] = [luminance(over(below)), luminance(over([...below, ink]))].sort((a, b) => a - b);
        found.push([(lighter + 0.05) / (darker + 0.05), node.textContent.trim().slice(0, 40)]);
    }
    return found.sort((a, b) => a[0] - b[0]).slice(0, 3);
})()"""


def expect(holds, what):
    if not holds: raise AssertionError(what)


def digits(number):
    """A number as a page shows it: five digits, no zeros at the end."""
    return float(f"{number:.5g}")


class Pages:
    def __init__(self, program, source, screenshots):
        self.program, self.screenshots = program, screenshots
        self.folder = Path(tempfile.mkdtemp())
        for table in ("movies.train.csv.gz", "movies.test.csv.gz", "digits.train.csv.gz", "titanic.train.csv.gz"):
            shutil.copy(source / "tests" / "data" / "tables" / table, self.folder)

    def run(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True, text=True)
        expect(done.returncode == 0, f"thalweg {' '.join(words)}: {done.stderr}")
        return done.stdout

    def open(self, browser, name, **look):
        browser.open(self.folder / name, **look)
        expect(not browser.problems, f"{name}: {browser.problems}")

    def check_everywhere(self, browser, name):
        """What every page keeps to: no script error, nothing from a network, no sideways scrolling, both colour schemes."""
        path = self.folder / name
        expect(path.stat().st_size < LARGEST_PAGE, f"{name} has {path.stat().st_size} bytes")
        foreign = [link for link in re.findall(r"https?://[^\s\"'<)]+", path.read_text()) if "www.w3.org" not in link]
        expect(not foreign, f"{name} refers to {foreign}")
        grounds = set()
        for width in (PHONE, DESKTOP):
            for dark in (False, True):
                self.open(browser, name, width=width, dark=dark)
                overflow = browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                expect(overflow <= 0, f"{name} is {overflow} pixels too wide at {width}")
                contrasts = browser.evaluate(CONTRASTS)
                expect(contrasts and contrasts[0][0] >= LEAST_CONTRAST, f"{name}, {'dark' if dark else 'light'}: too pale: {contrasts}")
                grounds.add(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
                if self.screenshots: browser.screenshot(self.screenshots / f"{Path(name).stem}-{width}-{'dark' if dark else 'light'}.png")
        expect(len(grounds) == 2, f"{name} looks the same in the dark: {grounds}")
        unnamed = browser.evaluate("[...document.querySelectorAll('svg')].filter(svg => !svg.getAttribute('aria-label')).length")
        expect(unnamed == 0, f"{name}: {unnamed} drawings without a name for a screen reader")
        expect(not browser.problems, f"{name}: {browser.problems}")

    def told(self, browser):
        """What the page tells of the thing that was chosen: its title and its numbers."""
        return browser.evaluate("document.querySelector('#told strong').textContent"), browser.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#told dl div')].map(pair => "
            "[pair.children[0].textContent, Number(pair.children[1].textContent)]))")

    def check_drawing(self, browser, name, numbers):
        """Pointer and keyboard tell the numbers of --json."""
        self.open(browser, name)
        layer = numbers["layers"][0]
        browser.hover('[data-neuron="1,2"] circle')
        title, told = self.told(browser)
        expect(title.startswith("layer 1, neuron 2"), title)
        for term, field in (("a", "a"), ("h", "h"), ("grad_h", "grad_h"), ("grad_a", "grad_a"), ("b", "bias")):
            expect(digits(told[term]) == digits(layer[field][1]), f"{name}: {term} is {told[term]}, not {layer[field][1]}")
        browser.evaluate("document.querySelector('.neuron').focus()")
        browser.press("ArrowRight")
        browser.press("ArrowDown")
        title, told = self.told(browser)
        expect(title.startswith("layer 1, neuron 2"), f"the arrow keys lead to {title}")
        browser.hover('[data-weight="w_1,1,1"]')
        title, told = self.told(browser)
        expect(title.startswith("weight w_1,"), title)
        p, q = (int(index) for index in title.split(",")[1:])
        expect(digits(told["w"]) == digits(layer["weights"][p - 1][q - 1]), f"{name}: w is {told['w']}")
        expect(digits(told["grad_w"]) == digits(layer["grad_weights"][p - 1][q - 1]), f"{name}: grad_w is {told['grad_w']}")

    def check_explanations(self, browser):
        self.run("explain", "--demo", "--html", "demo.html")
        self.check_everywhere(browser, "demo.html")
        self.check_drawing(browser, "demo.html", json.loads(self.run("explain", "--demo", "--json")))
        typeset = browser.evaluate("document.querySelectorAll('.steps math').length")
        expect(typeset >= 18, f"only {typeset} formulas are typeset")

        self.run("train", "movies.train.csv.gz", "--target", "IMDB Rating", "--hidden", "64,32", "--epochs", "3",
                 "--ensemble", "2", "--quiet", "-o", "movies.safetensors")
        self.run("explain", "movies.safetensors", "movies.test.csv.gz", "--row", "3", "--html", "wide.html")
        self.check_everywhere(browser, "wide.html")
        self.run("explain", "movies.safetensors", "movies.test.csv.gz", "--row", "3", "--attribute", "--html", "columns.html")
        self.check_everywhere(browser, "columns.html")
        told = json.loads(self.run("explain", "movies.safetensors", "movies.test.csv.gz", "--row", "3", "--attribute",
                                   "--json"))["attributions"][0]
        shown = dict(browser.evaluate("[...document.querySelectorAll('.attribution tbody tr')].map(row => "
                                      "[row.children[0].textContent, Number(row.children[2].textContent)])"))
        for one in told["columns"]:
            expect(shown[one["column"]] == digits(one["contribution"]), f"{one['column']}: {shown[one['column']]}")
        self.open(browser, "wide.html")
        drawn = browser.evaluate("[...document.querySelectorAll('.layer')].map(layer => layer.querySelectorAll('.neuron').length)")
        expect(drawn == [12, 12, 12, 1], f"drawn neurons: {drawn}")

    def charts(self, browser):
        """What the page draws, by title."""
        data = json.loads(browser.evaluate("document.getElementById('data').textContent"))
        return {chart["title"]: (number, chart) for number, chart in enumerate(data["charts"])}

    def check_curve(self, browser, charts, title, name, expected):
        """The drawn series has the numbers of the log, and the pointer and the keyboard tell them."""
        number, chart = charts[title]
        series = next(one for one in chart["series"] if one["name"] == name)
        expect(len(series["x"]) >= 2, f"{title}: {len(series['x'])} points")
        for x, y in zip(series["x"], series["y"]):
            expect(abs(y - expected[x]) <= 2e-6 * abs(expected[x]), f"{title}, {name} at {x}: {y}, not {expected[x]}")
        place = f'[data-chart="{number}"]'
        browser.hover(f"{place} svg")
        reading = browser.evaluate(f"document.querySelector('{place} .reading').textContent")
        x = float(re.match(r"\S+ (\S+): ", reading).group(1))
        near = min(series["x"], key=lambda at: abs(at - x))
        if len(chart["series"]) <= MOST_IN_KEY or name == chart["series"][0]["name"]:
            told = float(re.search(re.escape(name) + r" (\S+?)(,|$)", reading).group(1))
            expect(told == float(f"{series['y'][series['x'].index(near)]:.4g}"), f"{title}: the pointer tells {reading}")
        browser.evaluate(f"document.querySelector('{place} svg').focus()")
        browser.press("Home")
        reading = browser.evaluate(f"document.querySelector('{place} .reading').textContent")
        expect(f" {min(series['x']):.4g}: " in reading, f"{title}: Home leads to {reading}")
        browser.evaluate(f"document.querySelector('{place} details').open = true")
        rows = 0
        for _ in range(200):  # the browser tells the page of it when it likes
            rows = rows or browser.evaluate(f"document.querySelectorAll('{place} tbody tr').length")
            if not rows: time.sleep(0.02)
        expect(rows >= len(series["x"]), f"{title}: the table has {rows} rows")

    def check_report(self, browser, name, networks, *words):
        """A report of a training: its curves are those of its log."""
        self.run("train", *words, "--quiet", "--report", name, "--log", "log.jsonl")
        self.check_everywhere(browser, name)
        lines = [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]
        epochs = {line["epoch"]: line for line in lines if line["event"] == "epoch" and line["network"] == 1}
        steps = {line["step"]: line for line in lines if line["event"] == "step" and line["network"] == 1}
        charts = self.charts(browser)
        of = "" if networks == 1 else ", network 1"
        self.check_curve(browser, charts, "Loss", "training" + of, {at: line["loss"] for at, line in epochs.items()})
        self.check_curve(browser, charts, "Learning rate", "rate" + of, {at: line["learning_rate"] for at, line in steps.items()})
        self.check_curve(browser, charts, "Gradient norm", "norm" + of, {at: line["gradient_norm"] for at, line in steps.items()})
        layers_title = "Gradient norm of every layer" + of
        by = epochs if charts[layers_title][1]["x"] == "epoch" else steps
        drawn = [one["name"] for one in charts[layers_title][1]["series"]]  # of many layers some
        expect(drawn[0] == "layer 1" and drawn[-1].endswith(", the output"), f"drawn layers: {drawn}")
        for layer in drawn:
            i = int(re.match(r"layer (\d+)", layer).group(1)) - 1
            self.check_curve(browser, charts, layers_title, layer,
                             {at: line["layer_gradient_norms"][i] for at, line in by.items()})
        for chart in ("Weights of layer 1", "Activations of layer 1"):
            names = [one["name"] for one in charts[chart + of][1]["series"]]
            expect(names == ["end", "start"], f"{chart} shows {names}")
        tables = browser.evaluate("[...document.querySelectorAll('caption')].map(one => one.textContent)")
        for start in ("Scores on ", "Layers at the end", "Columns, the most important first", "What the defaults chose"):
            expect(any(one.startswith(start) for one in tables), f"{name} has no table '{start}': {tables}")
        untold = browser.evaluate("[...document.querySelectorAll('svg')].filter(svg => !svg.querySelector('title') || "
                                  "!svg.querySelector('desc')).length")
        expect(untold == 0, f"{name}: {untold} drawings without title and description")
        return charts, tables

    def check_networks(self, browser, name):
        """Of several networks the medians, and each for itself: the first open, the others drawn where they are unfolded."""
        charts = self.charts(browser)
        lines = [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]
        norms = {line["network"]: {} for line in lines if line["event"] == "epoch"}
        for line in lines:
            if line["event"] == "epoch": norms[line["network"]][line["epoch"]] = line["layer_gradient_norms"]
        series = charts[f"Gradient norm of every layer, the median of {len(norms)} networks"][1]["series"]
        for i, layer in enumerate(series):
            for x, y in zip(layer["x"], layer["y"]):
                expected = statistics.median(one[x][i] for one in norms.values() if x in one)
                expect(abs(y - expected) <= 2e-6 * expected, f"the median of layer {i + 1} in epoch {x} is {y}, not {expected}")
        folded = "[...document.querySelectorAll('details.network')]"
        expect(browser.evaluate(f"{folded}.map(one => one.open)") == [True] + [False] * (len(norms) - 1), f"{name}: which are open")
        drawn = f"{folded}[1].querySelectorAll('svg').length"
        expect(browser.evaluate(drawn) == 0, f"{name}: drawn while it is folded up")
        browser.evaluate(f"{folded}[1].open = true")
        for _ in range(200):  # the browser tells the page of it when it likes
            if browser.evaluate(drawn): break
            time.sleep(0.02)
        expect(browser.evaluate(drawn) == browser.evaluate(f"{folded}[0].querySelectorAll('svg').length"), f"{name}: not drawn")

    def check_reports(self, browser):
        charts, _ = self.check_report(browser, "movies.html", 2, "movies.train.csv.gz", "--target", "IMDB Rating", "--hidden",
                                      "32,16", "--epochs", "12", "--folds", "2", "--ensemble", "1")
        expect("Predicted against true" in charts and "Residuals, predicted less true" in charts, f"drawn: {list(charts)}")
        self.check_networks(browser, "movies.html")
        charts, tables = self.check_report(browser, "digits.html", 1, "digits.train.csv.gz", "--target", "digit", "--hidden",
                                           "32,32", "--activation", "relu", "--epochs", "3", "--folds", "1", "--ensemble", "1")
        expect("Rows held out by their true and their predicted class" in tables, f"no confusion matrix: {tables}")
        expect("Dead neurons of every layer" in charts, f"drawn: {list(charts)}")
        counted = browser.evaluate("[...document.querySelectorAll('.confusion .cell')].reduce((sum, cell) => "
                                   "sum + Number(cell.textContent.replaceAll(',', '')), 0)")
        expect(counted == 216, f"the confusion matrix counts {counted} rows of 216")
        charts, _ = self.check_report(browser, "titanic.html", 1, "titanic.train.csv.gz", "--target", "survived", "--hidden",
                                      ",".join(["8"] * 40), "--activation", "tanh", "--epochs", "10", "--folds", "1",
                                      "--ensemble", "1")
        expect({"ROC", "Calibration", "Saturated neurons of every layer"} <= set(charts), f"drawn: {list(charts)}")


    def check_search(self, browser):
        """The table names each trial, the best first, and the charts have a point for each training and each trial."""
        self.run("tune", "titanic.train.csv.gz", "--target", "survived", "--hidden", "8", "--epochs", "27", "--folds", "2",
                 "--trials", "12", "-o", "search.safetensors", "--html", "search.html", "--quiet")
        self.check_everywhere(browser, "search.html")
        trials = json.loads(self.run("tune", "--show", "search.sqlite", "--json"))["trials"]
        self.open(browser, "search.html")
        named = browser.evaluate("[...document.querySelectorAll('tbody th')].map(cell => parseInt(cell.textContent))")
        expect(named == [trial["trial"] for trial in trials], f"the table has {named}")
        drawn = json.loads(browser.evaluate("document.querySelector('#data').textContent"))["charts"]
        expect(len(drawn[1]["series"][0]["x"]) == 12, f"{len(drawn[1]['series'][0]['x'])} of 12 trials are drawn")
        expect(len(browser.evaluate("[...document.querySelectorAll('[data-chart] svg')].map(String)")) == 2, "2 charts")


def main():
    program, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    screenshots = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if screenshots: screenshots.mkdir(exist_ok=True)
    pages = Pages(program, source, screenshots)
    try:
        with Browser() as browser:
            pages.check_explanations(browser)
            pages.check_reports(browser)
            pages.check_search(browser)
    finally:
        shutil.rmtree(pages.folder)
    print("pages: all hold")


main()
