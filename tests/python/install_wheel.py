"""Makes a wheel of what the build folder has, as `pip wheel .` makes one from the source alone, looks at it, and installs
it into an empty folder. Usage: install_wheel.py CMAKE BUILD_DIR SOURCE_DIR TARGET_DIR"""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

cmake, build, source, target = sys.argv[1], *map(Path, sys.argv[2:5])
MOST_BYTES = 10_000_000


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} exited with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


for old in (build / "python-staged", build / "python-wheel", target):
    shutil.rmtree(old, ignore_errors=True)
run(cmake, "--install", build, "--component", "python", "--prefix", build / "python-staged")
pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
run(*pip, "wheel", source, "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", build / "python-wheel",
    "--config-settings", f"cmake.define.THALWEG_STAGED={build / 'python-staged'}")
(wheel,) = (build / "python-wheel").glob("thalweg-*.whl")
size = wheel.stat().st_size
if size > MOST_BYTES:
    sys.exit(f"{wheel.name} has {size} bytes, more than {MOST_BYTES}")
with zipfile.ZipFile(wheel) as archive:
    names = archive.namelist()
    for needed in ("thalweg/__init__.py", "thalweg/py.typed", "thalweg/_thalweg.pyi"):
        if needed not in names:
            sys.exit(f"{wheel.name} lacks {needed}; it has {names}")
    strange = [name for name in names if "arrow" in name or "parquet" in name]
    if strange:
        sys.exit(f"{wheel.name} holds parts of Arrow: {strange}")
run(*pip, "install", "--quiet", "--no-deps", "--target", target, wheel)

# In a Python that sees nothing but the wheel and numpy.
numpy = subprocess.run([sys.executable, "-c", "import numpy; print(numpy.__path__[0])"], capture_output=True, text=True)
alone = build / "python-alone"
shutil.rmtree(alone, ignore_errors=True)
alone.mkdir()
folder = Path(numpy.stdout.strip())
for needed in (folder, folder.parent / "numpy.libs"):
    if needed.exists():
        (alone / needed.name).symlink_to(needed)
said = run(sys.executable, "-S", "-c", f"""
import sys
sys.path[:0] = [{str(target)!r}, {str(alone)!r}]
import numpy, thalweg
X = numpy.arange(40.0).reshape(20, 2)
print(thalweg.Regressor(epochs=2).fit(X, X[:, 0]).predict(X).shape, 'sklearn' in sys.modules, 'pyarrow' in sys.modules)
""")
if said.strip() != "(20,) False False":
    sys.exit(f"with numpy alone: {said}")

# The command needs pyarrow for tables, and for nothing else.
command = target / "bin" / "thalweg"
if not command.exists():
    sys.exit(f"{wheel.name} brings no command: {command} is missing")


def command_alone(*words):
    start = (f"import sys; sys.path[:0] = [{str(target)!r}, {str(alone)!r}]; sys.argv[1:] = {list(words)!r}; "
             "from thalweg._command import main; main()")
    return subprocess.run([sys.executable, "-S", "-c", start], capture_output=True, text=True)


if not command_alone("explain", "--demo").stdout.startswith("the 3-3-3-2 network"):
    sys.exit(f"without pyarrow explain --demo says: {command_alone('explain', '--demo')}")
table = alone / "table.csv"
table.write_text("a,b\n1,2\n")
refused = command_alone("train", str(table), "--target", "b", "-o", str(alone / "model"))
if refused.returncode != 1 or "pip install 'thalweg[table]'" not in refused.stderr:
    sys.exit(f"without pyarrow train says: {refused}")
print(f"{wheel.name}: {size} bytes")
