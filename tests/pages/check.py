"""Opens the pages that the program writes in a real browser and uses them as a reader would.
Usage: check.py PROGRAM SOURCE_DIR [SCREENSHOT_DIR]"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from browser import Browser

LARGEST_PAGE = 1_000_000
PHONE, DESKTOP = 360, 1280


def expect(holds, what):
    if not holds: raise AssertionError(what)


def digits(number):
    """A number as a page shows it: five digits, no zeros at the end."""
    return float(f"{number:.5g}")


class Pages:
    def __init__(self, program, source, screenshots):
        self.program, self.screenshots = program, screenshots
        self.folder = Path(tempfile.mkdtemp())
        for table in ("movies.train.csv.gz", "movies.test.csv.gz"):
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
        drawn = browser.evaluate("[...document.querySelectorAll('.layer')].map(layer => layer.querySelectorAll('.neuron').length)")
        expect(drawn == [12, 12, 12, 1], f"drawn neurons: {drawn}")


def main():
    program, source = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    screenshots = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    if screenshots: screenshots.mkdir(exist_ok=True)
    pages = Pages(program, source, screenshots)
    try:
        with Browser() as browser: pages.check_explanations(browser)
    finally:
        shutil.rmtree(pages.folder)
    print("pages: all hold")


main()
