"""Reads the folder of a run with TensorBoard's own reader and prints [step, tag, value] lines of JSON. Exits 77 where
TensorBoard is not installed. Usage: read_tensorboard.py FOLDER"""

import json
import sys

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

run = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
run.Reload()
for tag in run.Tags()["scalars"]:
    for event in run.Scalars(tag): print(json.dumps([event.step, tag, event.value]))
for tag in run.Tags()["tensors"]:
    for event in run.Tensors(tag): print(json.dumps([event.step, tag, make_ndarray(event.tensor_proto).item()]))
