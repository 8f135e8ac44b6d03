"""Holds the documents to what the program does. In README.md, HACKING.md and docs/*.md
  - a `console` block is a session: each line after `$ ` is run by bash, in a folder that holds copies of the tables in
    tests/data/tables, and what it prints must be what stands below it (a line `...` stands for any lines);
  - a `picture` block is a command that draws a picture: it is run in the same folder, and the files that it writes must be
    those beside the document ($PICTURES is the folder of what draws them);
  - a `python` block is run in the same folder;
  - a `cpp` block with a main() is built and run there; any other is compiled as the inside of a function;
  - a link to a file of the project must lead to one.
Times, rates and the SIMD target differ from run to run and are not compared.
Usage: check.py BUILD_DIR SOURCE_DIR CXX [DOCUMENT...] [--update]; --update writes what was printed into the document."""

import difflib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#]+)(?:#[^)]*)?\)")
# What a terminal writes over, and what is never twice the same.
PROGRESS = re.compile(r"^(epoch \d|training: |search: |\d+ trainings? done)")
VARYING = [(re.compile(r"\b(\d+h)?(\d+m)?\d+(\.\d+)?s\b"), "<time>"),
           (re.compile(r"\(\w+\)(?=\n?$)"), "<SIMD target>")]


def run(command, cwd, env=None):
    """All that a command prints, its progress left out, and whether it succeeded."""
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL)
    lines = [line for line in done.stdout.splitlines() if not PROGRESS.match(line)]
    return "".join(line.rstrip() + "\n" for line in lines), done.returncode == 0


def comparable(text):
    for pattern, name in VARYING:
        text = "".join(pattern.sub(name, line) + "\n" for line in text.splitlines())
    return text


def same(expected, printed):
    parts = re.split(r"^\.\.\.\n", comparable(expected), flags=re.MULTILINE)
    return re.fullmatch("(?:.*\n)*".join(map(re.escape, parts)), comparable(printed)) is not None


class Document:
    def __init__(self, path, build, source, compiler, folder):
        self.path, self.build, self.source, self.compiler, self.folder = path, build, source, compiler, folder
        self.text, self.updated, self.checked, self.failures = path.read_text(), "", 0, 0
        self.drawn = {}

    def fail(self, what):
        self.failures += 1
        print(f"{self.path.relative_to(self.source)}: {what}")

    def check(self):
        end = 0
        for block in BLOCK.finditer(self.text):
            self.updated += self.text[end:block.start(2)]
            self.updated += self.check_block(block.group(1), block.group(2))
            end = block.end(2)
        self.updated += self.text[end:]
        for link in LINK.findall(BLOCK.sub("", self.text)):
            self.checked += 1
            if not (self.path.parent / link).exists(): self.fail(f"the link to {link} leads nowhere")

    def check_block(self, language, content):
        """Returns the block as it should be."""
        if language == "console": return self.check_session(content)
        if language == "picture": self.check_picture(content)
        if language == "python": self.check_python(content)
        if language == "cpp": self.check_cpp(content)
        return content

    def check_session(self, content):
        env = dict(os.environ, PATH=f"{self.build}{os.pathsep}{os.environ['PATH']}", LC_ALL="C.UTF-8")
        right = ""
        for step in re.findall(r"^\$ .*\n(?:(?!\$ ).*\n)*", content, flags=re.MULTILINE):
            command, _, expected = step.partition("\n")
            printed, _ = run(["bash", "-c", command[2:]], self.folder, env)
            self.checked += 1
            # Blank lines before the next command only set it apart.
            text, apart = expected.rstrip("\n"), re.search(r"\n*$", expected).group()
            text = text + "\n" if text else ""
            if same(text, printed.rstrip("\n") + "\n" if printed else ""):
                right += step
                continue
            difference = difflib.unified_diff(comparable(text).splitlines(), comparable(printed).splitlines(),
                                              "in the document", "printed", lineterm="")
            self.fail(f"{command}\n" + "\n".join(difference))
            right += command + "\n" + printed.rstrip("\n") + (apart or "\n")
        return right

    def check_picture(self, content):
        env = dict(os.environ, PATH=f"{self.build}{os.pathsep}{os.environ['PATH']}", LC_ALL="C.UTF-8",
                   PICTURES=str(self.source / "docs" / "pictures"))
        before = set(self.folder.iterdir())
        printed, succeeded = run(["bash", "-c", content], self.folder, env)
        drawn = set(self.folder.iterdir()) - before
        self.checked += 1
        if not succeeded or not drawn: self.fail(f"a picture is not drawn: {content}{printed}")
        for picture in drawn:
            there = self.path.parent / picture.name
            self.drawn[there] = picture.read_bytes()
            if not there.exists() or there.read_bytes() != self.drawn[there]:
                self.fail(f"{picture.name} is not what its command draws")

    def check_python(self, content):
        printed, succeeded = run([sys.executable, "-c", content], self.folder)
        self.checked += 1
        if not succeeded: self.fail(f"a Python block fails:\n{printed}")

    def check_cpp(self, content):
        self.checked += 1
        whole = "int main(" in content
        program = content if whole else f"#include <thalweg/thalweg.hpp>\nusing namespace thalweg;\nvoid snippet() {{\n{content}}}\n"
        file = self.folder / "snippet.cpp"
        file.write_text(program)
        compile_ = [self.compiler, "-std=c++20", "-Wall", "-I", str(self.source / "include"), str(file)]
        if not whole: compile_ += ["-fsyntax-only"]
        else: compile_ += ["-o", str(self.folder / "snippet"), str(self.build / "libthalweg.so"),
                           f"-Wl,-rpath,{self.build}"]
        printed, succeeded = run(compile_, self.folder)
        if not succeeded: return self.fail(f"a C++ block does not compile:\n{printed}")
        if whole:
            printed, succeeded = run([str(self.folder / "snippet")], self.folder)
            if not succeeded: self.fail(f"a C++ block fails:\n{printed}")


def main():
    words = [word for word in sys.argv[1:] if word != "--update"]
    update = "--update" in sys.argv
    build, source, compiler = Path(words[0]).resolve(), Path(words[1]).resolve(), words[2]
    paths = [Path(word).resolve() for word in words[3:]]
    paths = paths or [*sorted(source.glob("*.md")), *sorted((source / "docs").glob("*.md"))]
    checked = failures = 0
    for path in paths:
        with tempfile.TemporaryDirectory() as folder:
            for table in (source / "tests" / "data" / "tables").glob("*.gz"):
                shutil.copy(table, folder)
            document = Document(path, build, source, compiler, Path(folder))
            document.check()
        if update and document.updated != document.text: path.write_text(document.updated)
        if update:
            for picture, content in document.drawn.items(): picture.write_bytes(content)
        checked += document.checked
        failures += document.failures
    print(f"documents: {checked} things checked, {failures} failed")
    sys.exit(failures != 0 and not update)


main()
