"""Batches in memory: as many, as large and as random as those of thalweg-bench."""

import numpy as np

BATCHES = 8
SEED = 20200229


def batches(workload):
    """(inputs, targets) of all batches: BATCHES * batch rows of standard normal float32; classes where the loss is
    cross-entropy, standard normal values otherwise."""
    random = np.random.default_rng(SEED)
    rows = BATCHES * workload["batch"]
    inputs = random.standard_normal((rows, workload["widths"][0]), dtype=np.float32)
    outputs = workload["widths"][-1]
    if workload["loss"] == "cross_entropy":
        # Every class is there, however few the rows: a peer may count them.
        targets = random.permutation(np.arange(rows) % outputs)
    else:
        targets = random.standard_normal((rows, outputs), dtype=np.float32)
    return inputs, targets
