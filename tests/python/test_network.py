"""The low level: every quantity of the theory, and losses and update rules written in numpy."""

import numpy as np
import pytest

import thalweg

rng = np.random.default_rng(10)
X = rng.normal(size=(12, 3))
Y = rng.normal(size=(12, 2))


def test_a_pass_gives_the_quantities_of_the_theory():
    network = thalweg.Network([3, 4, 2], activation="tanh", seed=1)
    q = network.forward_propagation(X).quantities
    assert list(q) == ["h_0", "a_1", "h_1", "a_2", "h_2", "y_hat"]
    a_1 = network.bias(1) + X @ network.weights(1).T
    a_2 = network.bias(2) + np.tanh(a_1) @ network.weights(2).T
    np.testing.assert_allclose(q["a_1"], a_1, rtol=1e-12)
    np.testing.assert_allclose(q["h_1"], np.tanh(a_1), rtol=1e-12)
    np.testing.assert_allclose(q["y_hat"], a_2, rtol=1e-12)


def test_gradients_agree_with_differences_of_the_loss():
    network = thalweg.Network([3, 4, 2], activation="silu", output="softmax", seed=2)
    classes = np.arange(12) % 2
    gradient = network.back_propagation(network.forward_propagation(X), classes, "cross_entropy")

    def loss():
        y_hat = network.forward_propagation(X).y_hat
        return -np.log(y_hat[np.arange(12), classes]).mean()

    assert gradient.loss == pytest.approx(loss(), rel=1e-12)
    step = 1e-6
    for j in range(len(network.theta)):
        middle = network.theta[j]
        network.theta[j] = middle + step
        above = loss()
        network.theta[j] = middle - step
        below = loss()
        network.theta[j] = middle
        assert gradient.theta[j] == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_gradients_have_names_and_share_the_memory_of_theta():
    network = thalweg.Network([3, 4, 2], seed=3)
    trace = network.forward_propagation(X)
    gradient = network.back_propagation(trace, Y, "squared_error", with_input_gradient=True)
    q = gradient.quantities
    assert {"grad_a_1", "grad_W_1", "grad_b_1", "grad_a_2", "grad_W_2", "grad_b_2", "grad_x"} == set(q)
    np.testing.assert_allclose(q["grad_W_2"], q["grad_a_2"].T @ trace["h_1"], rtol=1e-12)
    assert np.shares_memory(gradient.theta, q["grad_W_1"])
    assert np.shares_memory(network.theta, network.weights(2))


def test_views_outlive_what_they_look_into():
    views = thalweg.Network([3, 50, 2], seed=4).forward_propagation(X).quantities
    again = thalweg.Network([3, 50, 2], seed=4).forward_propagation(X).quantities
    assert all(np.array_equal(views[name], again[name]) for name in views)


def train(loss_and_gradient):
    network = thalweg.Network([3, 8, 2], activation="tanh", seed=5)
    rule = thalweg.UpdateRule("adam", len(network.theta), learning_rate=0.01)
    for _ in range(50):
        loss_and_gradient(network, rule)
    return network.theta.copy()


def test_squared_error_in_numpy_trains_to_the_bits_of_the_built_in_one():
    def built_in(network, rule):
        rule.step(network.theta, network.back_propagation(network.forward_propagation(X), Y, "squared_error").theta)

    def in_numpy(network, rule):
        trace = network.forward_propagation(X)
        grad_logits = 2.0 * (trace.y_hat - Y) * (1.0 / len(X))
        rule.step(network.theta, network.back_propagation_of(trace, grad_logits).theta)

    assert np.array_equal(train(built_in), train(in_numpy))


def test_an_update_rule_in_numpy_trains_to_the_bits_of_the_built_in_one():
    one, other = (thalweg.Network([3, 8, 2], seed=6) for _ in range(2))
    rule = thalweg.UpdateRule("gd", len(one.theta), learning_rate=0.1)
    for _ in range(20):
        rule.step(one.theta, one.back_propagation(one.forward_propagation(X), Y, "squared_error").theta)
        gradient = other.back_propagation(other.forward_propagation(X), Y, "squared_error").theta
        other.theta[:] -= 0.1 * gradient
    assert np.array_equal(one.theta, other.theta)


def test_theta_of_another_size_is_refused():
    network = thalweg.Network([3, 2])
    with pytest.raises(ValueError, match="theta has 8"):
        network.theta = np.zeros(7)
    with pytest.raises(TypeError):
        thalweg.UpdateRule("gd", 8, learning_rate=0.1).step(np.zeros(8, np.float32), np.zeros(8))


def test_the_worked_example_of_scikit_learn_gives_its_numbers():
    """One step of gradient descent with an L2 penalty of 0.1, from test_fit of its multilayer perceptron."""
    network = thalweg.Network([3, 2, 1], activation="logistic", output="logistic")
    network.weights(1)[:] = np.array([[0.1, 0.3, 0.5], [0.2, 0.1, 0.0]])
    network.weights(2)[:] = np.array([[0.1, 0.2]])
    network.bias(1)[:] = 0.1
    network.bias(2)[:] = 1.0
    x = np.array([[0.6, 0.8, 0.7]])
    gradient = network.back_propagation(network.forward_propagation(x), np.zeros((1, 1)), "binary_cross_entropy")
    for layer in (1, 2):
        network.weights(layer)[:] -= 0.1 * (gradient[f"grad_W_{layer}"] + 0.1 * network.weights(layer))
        network.bias(layer)[:] -= 0.1 * gradient[f"grad_b_{layer}"]
    np.testing.assert_allclose(network.weights(1), [[0.098, 0.2956664, 0.4939998], [0.195756, 0.096008, -0.002244]],
                               atol=1.5e-3)
    np.testing.assert_allclose(network.weights(2), [[0.04706, 0.154089]], atol=1.5e-3)
    np.testing.assert_allclose(network.bias(1), [0.098333, 0.09626], atol=1.5e-3)
    np.testing.assert_allclose(network.bias(2), [0.9235], atol=1.5e-3)
    assert network.forward_propagation(x).y_hat[0, 0] == pytest.approx(0.739, abs=1.5e-3)


def test_adam_in_numpy_follows_the_built_in_one():
    one, other = (thalweg.Network([3, 8, 2], activation="silu", seed=7) for _ in range(2))
    rule = thalweg.UpdateRule("adam", len(one.theta), learning_rate=0.01)
    first, second = np.zeros_like(other.theta), np.zeros_like(other.theta)
    for step in range(1, 31):
        rule.step(one.theta, one.back_propagation(one.forward_propagation(X), Y, "squared_error").theta)
        gradient = other.back_propagation(other.forward_propagation(X), Y, "squared_error").theta
        first += 0.1 * (gradient - first)
        second += 0.001 * (gradient**2 - second)
        other.theta[:] -= 0.01 * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    np.testing.assert_allclose(one.theta, other.theta, rtol=1e-9, atol=1e-12)
