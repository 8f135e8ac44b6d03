"""The workloads in scikit-learn's multi-layer perceptrons. A step cannot be called by itself, so whole epochs over
the batches are timed inside one fit(), without shuffling, so that its preparations come to little."""

import warnings

import data
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

version = sklearn.__version__
# Operations of an epoch over which the preparations of fit(), some milliseconds, are spread.
EPOCHS_OF_SMALL, SMALL = 100, 1e6
EPOCHS_OF_MIDDLE, MIDDLE = 10, 1e9

warnings.filterwarnings("ignore", category=ConvergenceWarning)


def set_threads(threads):
    pass  # the threads are those of the BLAS, by environment variables


def perceptron(classes, **options):
    return (MLPClassifier if classes else MLPRegressor)(alpha=0.0, tol=0.0, n_iter_no_change=10**9, random_state=0,
                                                        **options)


def epochs_of_a_run(workload):
    if workload["flops"] < SMALL: return EPOCHS_OF_SMALL
    return EPOCHS_OF_MIDDLE if workload["flops"] < MIDDLE else 1


class Task:
    def __init__(self, workload):
        classes = workload["loss"] == "cross_entropy"
        self.inputs, self.targets = data.batches(workload)
        if not classes: self.targets = self.targets.ravel()
        self.batch, self.next = workload["batch"], 0
        training = workload["kind"] == "training"
        epochs = epochs_of_a_run(workload) if training else 1
        self.model = perceptron(
            classes, hidden_layer_sizes=workload["widths"][1:-1], activation=workload["activation"],
            solver=workload.get("optimizer", "adam"), learning_rate_init=workload.get("learning_rate", 0.001),
            momentum=0.0, batch_size=self.batch, max_iter=epochs, shuffle=False)
        self.calls_of_a_run = epochs * data.BATCHES if training else 1
        self.run = self.fit if training else self.predict
        if not training:
            self.model.fit(self.inputs, self.targets)
            self.outputs = self.model.predict_proba if classes else self.model.predict

    def fit(self):
        self.model.fit(self.inputs, self.targets)

    def predict(self):
        self.next = (self.next + self.batch) % len(self.inputs)
        return self.outputs(self.inputs[self.next:self.next + self.batch])

    def wait(self):
        pass


def train(inputs, targets, classes, options):
    model = perceptron(classes, hidden_layer_sizes=options["hidden"], activation=options["activation"],
                       learning_rate_init=options["learning_rate"], batch_size=options["batch"],
                       max_iter=options["epochs"])
    model.fit(inputs, targets if classes or targets.shape[1] > 1 else targets.ravel())
    return model.predict
