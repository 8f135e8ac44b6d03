"""Makes objectives.json: the losses of ratios and the quantiles that never cross, by PyTorch's autograd in float64.

    python make_objectives.py > objectives.json      (needs torch)
"""

import json

import torch
from torch.nn.functional import softplus

torch.set_default_dtype(torch.float64)


def gamma(y_hat, y, options):
    # The exponential distribution is the gamma distribution of shape 1; every shape has the same gradient but for a factor.
    return -torch.distributions.Exponential(1 / y_hat).log_prob(y)


def tweedie(y_hat, y, options):
    p = options["tweedie_power"]
    return y_hat ** (2 - p) / (2 - p) - y * y_hat ** (1 - p) / (1 - p)


def mape(y_hat, y, options):
    return torch.abs((y_hat - y) / y)


def quantile(y_hat, y, options):
    levels = torch.tensor(options["levels"])
    return torch.maximum(levels * (y - y_hat), (levels - 1) * (y - y_hat))


def ascending(a):
    return torch.cumsum(torch.cat([a[:, :1], softplus(a[:, 1:])], dim=1), dim=1)


LOSSES = {"gamma": gamma, "tweedie": tweedie, "mape": mape, "quantile": quantile}
OUTPUTS = {"linear": lambda a: a, "exponential": torch.exp, "ascending": ascending}


def case(loss, output, widths, rows, seed, weighted=False, **options):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, requires_grad=True)

    weights = [draw(n, m) for m, n in zip(widths, widths[1:])]
    biases = [draw(n) for n in widths[1:]]
    x = draw(rows, widths[0])
    y = torch.randn(rows, widths[-1], generator=generator)
    if loss in ("gamma", "tweedie"):
        y = torch.exp(y)
    if loss == "tweedie":
        y[0] = 0.0
    example_weights = torch.rand(rows, generator=generator) + 0.2 if weighted else torch.ones(rows)

    activations, pre_activations = [x], []
    for weight, bias in zip(weights, biases):
        pre_activations.append(activations[-1] @ weight.T + bias)
        pre_activations[-1].retain_grad()
        activations.append(torch.tanh(pre_activations[-1]))
    y_hat = OUTPUTS[output](pre_activations[-1])
    of_rows = LOSSES[loss](y_hat, y, options).sum(dim=1)
    total = (example_weights * of_rows).sum() / example_weights.sum()
    total.backward()

    def values(tensors):
        return [tensor.detach().tolist() for tensor in tensors]

    result = {
        "name": f"{loss} + {output}, {options}", "widths": widths, "activation": "tanh", "output": output, "loss": loss,
        "options": options, "weights": values(weights), "biases": values(biases), "x": x.tolist(), "y": y.tolist(),
        "expected": {
            "loss": total.item(), "pre_activations": values(pre_activations), "activations": values(activations[1:-1]),
            "y_hat": y_hat.tolist(), "grad_weights": values(w.grad for w in weights),
            "grad_biases": values(b.grad for b in biases), "grad_pre_activations": values(a.grad for a in pre_activations),
            "grad_x": x.grad.tolist(),
        },
    }
    if weighted:
        result["example_weights"] = example_weights.tolist()
    return result


print(json.dumps([
    case("gamma", "exponential", [3, 4, 2], 6, 1),
    case("gamma", "exponential", [2, 1], 5, 2, weighted=True),
    case("tweedie", "exponential", [3, 4, 2], 6, 3, tweedie_power=1.5),
    case("tweedie", "exponential", [2, 5, 3, 1], 7, 4, weighted=True, tweedie_power=1.1),
    case("tweedie", "exponential", [2, 3], 4, 5, tweedie_power=1.9),
    case("mape", "exponential", [3, 4, 2], 6, 6),
    case("mape", "linear", [3, 4, 2], 6, 7, weighted=True),
    case("quantile", "ascending", [3, 4, 3], 6, 8, levels=[0.05, 0.5, 0.95]),
    case("quantile", "ascending", [2, 4, 4, 2], 5, 9, weighted=True, levels=[0.1, 0.8]),
]))
