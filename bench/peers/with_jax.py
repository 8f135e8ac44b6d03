"""The workloads in JAX: one jitted function for a step; or, as `epochs`, all batches in one call with lax.scan, which
is how its users spare themselves the way through Python where steps are short."""

import data
import jax
import jax.numpy as jnp
import optax

version = jax.__version__
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh}
OPTIMIZERS = {"adam": optax.adam, "sgd": optax.sgd}


def set_threads(threads):
    pass  # by environment variables, which XLA reads when it starts


def initial_parameters(widths):
    keys = jax.random.split(jax.random.PRNGKey(data.SEED), len(widths) - 1)
    return [(jax.random.normal(key, (inputs, outputs)) / jnp.sqrt(inputs), jnp.zeros(outputs))
            for key, inputs, outputs in zip(keys, widths, widths[1:])]


class Task:
    def __init__(self, workload, epochs=False):
        self.activation = ACTIVATIONS[workload["activation"]]
        self.classes = workload["loss"] == "cross_entropy"
        self.factors = jnp.bfloat16 if workload["precision"] == "bf16" else jnp.float32
        inputs, targets = data.batches(workload)
        self.inputs = jnp.asarray(inputs).reshape(data.BATCHES, workload["batch"], -1)
        self.targets = jnp.asarray(targets).reshape(data.BATCHES, workload["batch"], *targets.shape[1:])
        self.batches = [jax.block_until_ready((self.inputs[i], self.targets[i])) for i in range(data.BATCHES)]
        self.next = 0
        self.parameters = initial_parameters(workload["widths"])
        self.calls_of_a_run = 1
        self.result = None
        if workload["kind"] == "inference":
            self.outputs = jax.jit(lambda p, x: jax.nn.softmax(self.logits(p, x)) if self.classes else self.logits(p, x))
            self.run = self.predict
            return
        self.optimizer = OPTIMIZERS[workload["optimizer"]](workload["learning_rate"])
        self.state = self.optimizer.init(self.parameters)
        self.jitted_step = jax.jit(self.update, donate_argnums=(0, 1))
        self.jitted_epoch = jax.jit(self.epoch, donate_argnums=(0, 1))
        self.run = self.run_epoch if epochs else self.step
        if epochs: self.calls_of_a_run = data.BATCHES

    def product(self, inputs, weights):
        return jnp.matmul(inputs.astype(self.factors), weights.astype(self.factors), preferred_element_type=jnp.float32)

    def logits(self, parameters, inputs):
        for weights, bias in parameters[:-1]: inputs = self.activation(self.product(inputs, weights) + bias)
        weights, bias = parameters[-1]
        return self.product(inputs, weights) + bias

    def loss(self, parameters, inputs, targets):
        logits = self.logits(parameters, inputs)
        if self.classes: return optax.softmax_cross_entropy_with_integer_labels(logits, targets).mean()
        return jnp.mean((logits - targets)**2)

    def update(self, parameters, state, inputs, targets):
        loss, gradient = jax.value_and_grad(self.loss)(parameters, inputs, targets)
        updates, state = self.optimizer.update(gradient, state, parameters)
        return optax.apply_updates(parameters, updates), state, loss

    def epoch(self, parameters, state, inputs, targets):
        def step(carry, batch):
            parameters, state, loss = self.update(*carry, *batch)
            return (parameters, state), loss
        (parameters, state), losses = jax.lax.scan(step, (parameters, state), (inputs, targets))
        return parameters, state, losses

    def batch(self):
        self.next = (self.next + 1) % data.BATCHES
        return self.batches[self.next]

    def step(self):
        self.parameters, self.state, self.result = self.jitted_step(self.parameters, self.state, *self.batch())

    def run_epoch(self):
        self.parameters, self.state, self.result = self.jitted_epoch(self.parameters, self.state, self.inputs,
                                                                     self.targets)

    def predict(self):
        self.result = self.outputs(self.parameters, self.batch()[0])

    def wait(self):
        """JAX returns before the work is done."""
        jax.block_until_ready((self.parameters, self.result))
