"""Makes realmlp.json: parts of RealMLP as its authors' package pytabkit has them, and its training in PyTorch.

    python make_realmlp.py > realmlp.json      (needs torch, pytabkit)
"""

import json
import math

import numpy as np
import torch
from pytabkit.models.data.data import DictDataset, TensorInfo
from pytabkit.models.nn_models.models import PreprocessingFactory
from pytabkit.models.training.scheduling import get_schedule

torch.set_default_dtype(torch.float64)
random = np.random.default_rng(7)


def preprocessed(values, categories):
    """The inputs of a column of numbers, and those of a category whose codes are 1, 2, ... and 0 for missing."""
    y = torch.zeros(len(values or categories), 1, dtype=torch.long)
    tensors, infos = {"y": y}, {"y": TensorInfo(cat_sizes=[2])}
    if values:
        tensors["x_cont"], infos["x_cont"] = torch.tensor(values).reshape(-1, 1), TensorInfo(feat_shape=[1])
    else:
        tensors["x_cont"], infos["x_cont"] = torch.zeros(len(y), 0), TensorInfo(feat_shape=[0])
        tensors["x_cat"] = torch.tensor(categories).reshape(-1, 1)
        infos["x_cat"] = TensorInfo(cat_sizes=[max(categories) + 1])
    data = DictDataset(tensors, infos)
    factory = PreprocessingFactory(tfms=["one_hot", "median_center", "robust_scale", "smooth_clip"])
    if not values: del data.tensors["x_cont"], data.tensor_infos["x_cont"]
    layer, made = factory.create(data.tensor_infos).fit_transform(data)
    return made.tensors["x_cont"].tolist()


def scaling_cases():
    normal = [round(float(v), 3) for v in random.normal(3.0, 2.0, 41)]
    mostly_equal = [5.0] * 30 + [1.0, 9.0, 12.5] + [5.0] * 8
    far = [0.0, 1.0, 2.0, 3.0, 4.0, 1e4]
    for values in (normal, mostly_equal, far):
        yield {"values": values, "inputs": preprocessed(values, None)}


def category_cases():
    for counts in ([12, 9], [3, 40], [20, 1, 0], [8, 9, 10], [2, 30, 5]):
        missing = 4 if len(counts) == 2 else 3
        codes = [0] * missing + [c + 1 for c, count in enumerate(counts) for _ in range(count)]
        yield {"codes": codes, "inputs": preprocessed(None, codes)}


def schedule_cases():
    for name in ("coslog4", "flat_cos"):
        schedule, values = get_schedule(name), []
        for step in range(65):
            schedule.t = step / 64
            values.append(float(schedule.get_value()))
        yield {"name": name, "values": values}


class Tiny:
    """A waves' embedding of input 0, a scale, 5-4-outputs in the neural tangent parametrisation, parametric selu."""

    FREQUENCIES, WAVES_OUT, INPUTS, HIDDEN = 2, 2, 3, 4

    def __init__(self, outputs):
        draw = lambda *shape: torch.tensor(random.normal(size=shape), requires_grad=True)
        fan_in = self.INPUTS + self.WAVES_OUT
        self.waves = [draw(self.FREQUENCIES), draw(self.FREQUENCIES), draw(self.WAVES_OUT, self.FREQUENCIES),
                      draw(self.WAVES_OUT)]
        self.scale = draw(fan_in)
        self.v1, self.b1, self.bend = draw(self.HIDDEN, fan_in), draw(self.HIDDEN), draw(self.HIDDEN)
        self.v2, self.b2 = draw(outputs, self.HIDDEN), draw(outputs)

    def logits(self, x):
        frequencies, phases, projections, offsets = self.waves
        angles = 2 * math.pi * x[:, :1] * frequencies + phases
        z = torch.cos(angles) @ projections.T + offsets
        h = torch.cat([x, z], dim=1) * self.scale
        a = h @ self.v1.T / math.sqrt(self.v1.shape[1]) + self.b1
        return (a + self.bend * (torch.selu(a) - a)) @ self.v2.T / math.sqrt(self.HIDDEN) + self.b2

    def factors(self):
        """Of the learning rate, with whether the parameter decays."""
        yield from ((p, 0.1, True) for p in self.waves)
        yield self.bend, 0.1, True
        yield self.scale, 6.0, True
        for v, b in ((self.v1, self.b1), (self.v2, self.b2)):
            yield v, 1.0, True
            yield b, 0.1, False

    def theta(self, one_logit=False):
        """As Thalweg lays it out; of two logits their difference."""
        v2, b2 = (self.v2[1:] - self.v2[:1], self.b2[1:] - self.b2[:1]) if one_logit else (self.v2, self.b2)
        parts = [*self.waves, self.scale, self.v1 / math.sqrt(self.v1.shape[1]), self.b1, self.bend,
                 v2 / math.sqrt(self.HIDDEN), b2]
        return torch.cat([part.detach().reshape(-1) for part in parts]).tolist()


def training_case(outputs, one_logit):
    rate, decay, smoothing, steps = 0.04, 0.02, 0.1, 5
    network = Tiny(outputs)
    x = torch.tensor(random.normal(size=(10, Tiny.INPUTS)))
    y = torch.tensor(random.integers(0, outputs, 10))
    case = {"outputs": 1 if one_logit else outputs, "rate": rate, "weight_decay": decay, "label_smoothing": smoothing,
            "steps": steps, "x": x.tolist(), "y": y.tolist(), "start": network.theta(one_logit)}
    parameters = list(network.factors())
    adam = torch.optim.Adam([{"params": [p], "lr": rate * f} for p, f, _ in parameters], betas=(0.9, 0.95))
    for _ in range(steps):
        adam.zero_grad()
        torch.nn.functional.cross_entropy(network.logits(x), y, label_smoothing=smoothing).backward()
        with torch.no_grad():
            # pytabkit/models/optim/optimizers.py multiplies by the factor of the rate twice.
            for p, f, decays in parameters:
                if decays: p.mul_(1.0 - rate * decay * f * f)
        adam.step()
    return {**case, "end": network.theta(one_logit)}


cases = [{"kind": kind, **case}
         for kind, made in (("scaling", scaling_cases()), ("category", category_cases()), ("schedule", schedule_cases()),
                            ("training", [training_case(3, False), training_case(2, True)]))
         for case in made]
print(json.dumps(cases))
