"""Prints the reference page of the package, from its docstrings. Usage: make_reference.py > docs/python-reference.md"""

import inspect
import re
import sys

del sys.path[0]  # the folder `thalweg` beside this file has no extension in it
import thalweg  # noqa: E402
from thalweg import _thalweg  # noqa: E402

# In the order in which a reader meets them.
PARTS = ["Classifier", "Regressor", "load", "Model", "explain", "Explanation", "Network", "UpdateRule", "EpochReport",
         "StepReport", "parameters", "simd_target", "NotFittedError"]
MORE = {"Network": ["Trace", "Gradient"]}
# What every estimator of scikit-learn has.
INHERITED = {"get_params", "set_params", "get_metadata_routing"}


def paragraph(text):
    """A docstring as Markdown: lines of `name : words` become a list."""
    lines = []
    for line in inspect.cleandoc(text or "").split("\n"):
        name, colon, words = line.partition(" : ")
        if colon and name.isidentifier():
            lines.append(f"- `{name}`: {words}")
        elif line.startswith(" ") and lines and lines[-1].startswith(("- ", "  ")):
            lines.append("  " + line.strip())
        else:
            lines.append(line)
    return "\n".join(lines)


def signature(name, thing):
    """nanobind's functions have theirs in the docstring."""
    try:
        line, words = name + str(inspect.signature(thing)), thing.__doc__
    except ValueError:
        line, _, words = (thing.__doc__ or name).partition("\n")
    line = re.sub(r"ndarray\[.*?\)[^\]]*\]", "ndarray", line.replace("thalweg._thalweg.", ""))
    return line.replace("(self, ", "(").replace("(self)", "()"), words


def members(thing):
    for name in dir(thing):
        if name.startswith("_") or name in INHERITED or name.startswith("set_"):
            continue
        member = inspect.getattr_static(thing, name)
        if isinstance(member, property) or not callable(getattr(thing, name)):
            yield f"### `{name}`", getattr(member, "__doc__", "")
        else:
            line, words = signature(name, getattr(thing, name))
            ours = getattr(member, "__module__", "thalweg").startswith("thalweg") or not inspect.isfunction(member)
            yield f"### `{line}`", words if ours else "As every estimator of scikit-learn has it."


def described(name, thing):
    if not inspect.isclass(thing):
        line, words = signature(name, thing)
        return [f"## `{line}`", paragraph(words)]
    about = inspect.cleandoc(thing.__doc__ or "")
    if name in ("Classifier", "Regressor"):
        about = about.split("\nParameters\n")[0].strip() + "\n\nThe parameters are [below](#parameters)."
    if issubclass(thing, Exception):
        return [f"## `{name}`", "What an estimator raises that is asked before it was fitted: scikit-learn's, where that is installed."]
    lines = [f"## `{name}`", about]
    if "__init__" in vars(thing) and name in ("Network", "UpdateRule"):
        line, words = signature(name, thing.__init__)
        lines += [f"### `{line.replace('__init__', name).replace(' -> None', '')}`", paragraph(words)]
    for title, words in members(thing):
        lines += [title, paragraph(words)]
    return lines


def parameters():
    lines = ["## Parameters", "Of `Classifier` and `Regressor`, all by name.", ""]
    documented = thalweg.Classifier.__doc__.split("----------\n")[1]
    lines.append(paragraph(inspect.cleandoc("\n" + documented)))
    return lines


def page():
    parts = ["# Reference of the Python package", "Made from the docstrings. [The guide](python.md) begins with examples."]
    for name in PARTS:
        parts += described(name, getattr(thalweg, name))
        for more in MORE.get(name, ()):
            parts += described(more, getattr(_thalweg, more))
    parts += parameters()
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


assert set(PARTS) >= set(thalweg.__all__), set(thalweg.__all__) - set(PARTS)
print(page(), end="")
