"""Installs Thalweg into an empty folder, builds the examples there as a project of their own, runs them, and compares
what they print with the comment on top of each. Usage: check.py CMAKE BUILD_DIR SOURCE_DIR [OPTIONS_OF_CMAKE...]"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

cmake, build, source, options = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4:]


def run(*command, cwd=None):
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def promised(example):
    """The words after `Run:` and the lines under `Output:` in the comment on top."""
    comment = re.match(r"(?://.*\n)+", example.read_text()).group()
    lines = [line[2:].removeprefix(" ") for line in comment.splitlines()]
    start = lines.index("Output:")
    command = next(line for line in lines if line.startswith("Run: "))[5:].split()
    return command, "\n".join(lines[start + 1:]) + "\n"


failures = 0
with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    prefix, project, work = folder / "prefix", folder / "project", folder / "work"
    work.mkdir()
    run(cmake, "--install", build, "--prefix", folder / "elsewhere")
    (folder / "elsewhere").rename(prefix)  # what was installed can be moved
    version = run(prefix / "bin" / "thalweg", "--version")
    if not re.match(r"thalweg \d+\.\d+\.\d+", version):
        sys.exit(f"the installed program says of its version: {version!r}")
    for shell, place in {"bash": "bash-completion/completions/thalweg", "zsh": "zsh/site-functions/_thalweg"}.items():
        if (prefix / "share" / place).read_text() != run(prefix / "bin" / "thalweg", "completion", shell):
            sys.exit(f"the installed completion for {shell} is not what the program prints")

    shutil.copytree(source / "examples", project)
    run(cmake, "-G", "Ninja", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release", *options)
    run(cmake, "--build", project / "build")

    for data in (source / "tests" / "data" / "tables").glob("digits.*"):
        shutil.copy(data, work)
    for example in sorted(project.glob("*.cpp")):
        command, expected = promised(example)
        printed = run(project / "build" / command[0], *command[1:], cwd=work)
        if printed != expected:
            failures += 1
            print(f"{example.name}: expected\n{expected}got\n{printed}")

print(f"examples: {failures} differ from the comment on top")
sys.exit(failures != 0)
