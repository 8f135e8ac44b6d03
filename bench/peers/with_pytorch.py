"""The workloads in PyTorch, as its tutorials write a training loop, with the fused optimizers."""

import data
import torch
from torch import nn

version = torch.__version__
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}
OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def set_threads(threads):
    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)


def network(widths, activation):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


class Task:
    """One step, or one prediction, on the next batch at each run()."""

    calls_of_a_run = 1

    def __init__(self, workload, compiled=False):
        torch.compiler.reset()  # else the shapes of the workload before count, and code for any shape is made
        torch.manual_seed(data.SEED)
        inputs, targets = map(torch.from_numpy, data.batches(workload))
        self.batches = list(zip(inputs.split(workload["batch"]), targets.split(workload["batch"])))
        self.next = 0
        self.model = network(workload["widths"], workload["activation"])
        self.bf16 = workload["precision"] == "bf16"
        classes = workload["loss"] == "cross_entropy"
        self.run = self.step if workload["kind"] == "training" else self.predict
        if workload["kind"] == "training":
            self.loss = nn.CrossEntropyLoss() if classes else nn.MSELoss()
            self.optimizer = OPTIMIZERS[workload["optimizer"]](
                self.model.parameters(), lr=workload["learning_rate"], fused=True)
            self.loss_of = self.forward_and_loss
        else:
            self.outputs = nn.Sequential(self.model, nn.Softmax(dim=1)) if classes else self.model
            self.outputs.eval()
        if compiled:
            if workload["kind"] == "training": self.loss_of = torch.compile(self.forward_and_loss)
            else: self.outputs = torch.compile(self.outputs)

    def batch(self):
        self.next = (self.next + 1) % len(self.batches)
        return self.batches[self.next]

    def forward_and_loss(self, inputs, targets):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bf16):
            return self.loss(self.model(inputs), targets)

    def step(self):
        inputs, targets = self.batch()
        self.optimizer.zero_grad()
        loss = self.loss_of(inputs, targets)
        loss.backward()
        self.optimizer.step()

    @torch.inference_mode()
    def predict(self):
        return self.outputs(self.batch()[0])

    def wait(self):
        pass


def train(inputs, targets, classes, options):
    """Trains on a table; returns a function from inputs to predictions."""
    torch.manual_seed(0)
    outputs = classes or targets.shape[1]
    model = network([inputs.shape[1], *options["hidden"], outputs], options["activation"])
    loss = nn.CrossEntropyLoss() if classes else nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=options["learning_rate"], fused=True)
    inputs, targets = torch.from_numpy(inputs), torch.from_numpy(targets)
    for _ in range(options["epochs"]):
        for rows in torch.randperm(len(inputs)).split(options["batch"]):
            optimizer.zero_grad()
            loss(model(inputs[rows]), targets[rows]).backward()
            optimizer.step()

    def predict(new_inputs):
        with torch.inference_mode():
            predicted = model(torch.from_numpy(new_inputs))
            return (predicted.argmax(dim=1) if classes else predicted).numpy()

    return predict
