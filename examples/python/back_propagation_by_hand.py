"""Back-propagation by hand: each formula of docs/theory.md in numpy, beside what the library computes. Then a loss and an
update rule of one's own train to the same bits as the built-in ones.

    python examples/python/back_propagation_by_hand.py
"""

import numpy as np

import thalweg

rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = np.sin(X[:, :1]) + X[:, 1:2] * X[:, 2:3]

network = thalweg.Network([3, 8, 1], activation="tanh", seed=1)
W_1, b_1, W_2, b_2 = network.weights(1), network.bias(1), network.weights(2), network.bias(2)

# There: a_i = b_i + W_i h_{i-1}, h_i = g(a_i); the output is linear.
a_1 = X @ W_1.T + b_1
h_1 = np.tanh(a_1)
y_hat = h_1 @ W_2.T + b_2
trace = network.forward_propagation(X)
print("forward as by hand:", np.allclose(trace["a_1"], a_1), np.allclose(trace["h_1"], h_1),
      np.allclose(trace.y_hat, y_hat))

# Back, from the mean of the squared errors.
grad_a_2 = 2 * (y_hat - Y) / len(X)
grad_W_2, grad_b_2 = grad_a_2.T @ h_1, grad_a_2.sum(axis=0)
grad_h_1 = grad_a_2 @ W_2
grad_a_1 = grad_h_1 * (1 - h_1**2)
grad_W_1, grad_b_1 = grad_a_1.T @ X, grad_a_1.sum(axis=0)
gradient = network.back_propagation(trace, Y, "squared_error")
for name, by_hand in (("grad_W_2", grad_W_2), ("grad_b_2", grad_b_2), ("grad_W_1", grad_W_1), ("grad_b_1", grad_b_1)):
    print(f"{name} as by hand:", np.allclose(gradient[name], by_hand))


def squared_error(trace):
    """A loss is its gradient for the logits, a row for each example."""
    return 2.0 * (trace.y_hat - Y) * (1.0 / len(X))


def trained(gradient_of, step):
    network = thalweg.Network([3, 8, 1], activation="tanh", seed=1)
    for _ in range(500):
        step(network, gradient_of(network, network.forward_propagation(X)).theta)
    return network


rule = thalweg.UpdateRule("gd", len(network.theta), learning_rate=0.1)
built_in = trained(lambda network, trace: network.back_propagation(trace, Y, "squared_error"),
                   lambda network, gradient: rule.step(network.theta, gradient))


def gradient_descent(network, gradient):
    network.theta[:] -= 0.1 * gradient


own = trained(lambda network, trace: network.back_propagation_of(trace, squared_error(trace)), gradient_descent)
print("500 steps give the same bits:", np.array_equal(own.theta, built_in.theta))
print(f"the loss fell from {gradient.loss:.3f} to {np.mean((own.forward_propagation(X).y_hat - Y) ** 2):.3f}")
