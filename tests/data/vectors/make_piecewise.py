"""Makes piecewise.json: networks behind a piecewise-linear embedding, by rtdl_num_embeddings' own module (version "B") and
PyTorch's autograd in float64; and the edges that its compute_bins finds.

    python make_piecewise.py > piecewise.json      (needs torch, rtdl_num_embeddings)
"""

import json

import torch
from rtdl_num_embeddings import PiecewiseLinearEmbeddings, compute_bins

torch.set_default_dtype(torch.float64)


def bins_of(numbers, count, generator):
    return compute_bins(torch.randn(200, numbers, generator=generator), n_bins=count)


def case(name, widths, embedded, bins, outputs, scaled, rows, seed):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, requires_grad=True)

    edges = [of_number.float().double() for of_number in bins(generator)]
    module = PiecewiseLinearEmbeddings(edges, outputs, activation=False, version="B").double()
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, generator=generator)
    kept = [j for j in range(widths[0]) if j not in embedded]
    fan_in = len(kept) + len(embedded) * outputs
    scale = draw(fan_in) if scaled else torch.ones(fan_in)
    weights = [draw(n, m) for m, n in zip([fan_in, *widths[1:-1]], widths[1:])]
    biases = [draw(n) for n in widths[1:]]
    x = (2 * torch.randn(rows, widths[0], generator=generator)).requires_grad_()
    y = torch.randn(rows, widths[-1], generator=generator)

    h = torch.cat([x[:, kept], module(x[:, embedded]).flatten(1)], dim=1) * scale
    for weight, bias in zip(weights[:-1], biases[:-1]):
        h = torch.tanh(h @ weight.T + bias)
    y_hat = h @ weights[-1].T + biases[-1]
    loss = ((y_hat - y) ** 2).sum(dim=1).mean()
    loss.backward()

    def values(tensor):
        return tensor.detach().tolist()

    def in_our_order(tensor):
        """rtdl pads all numbers to the same count of bins, between the first ones and the last."""
        rows = []
        for j, of_number in enumerate(edges):
            count = len(of_number) - 1
            rows += [*tensor[j, : count - 1], tensor[j, -1]]
        return [values(row) for row in rows]

    def stage(of):
        linear, steps = module.linear0, module.linear
        parts = {"slopes": values(of(linear.weight)), "intercepts": values(of(linear.bias)),
                 "bin_vectors": in_our_order(of(steps.weight))}
        return parts | ({"scale": values(of(scale))} if scaled else {})

    return {
        "name": name, "widths": widths, "activation": "tanh", "output": "linear", "loss": "squared_error",
        "piecewise": {"inputs": embedded, "edges": [values(of_number) for of_number in edges], "outputs": outputs},
        "input_scale": scaled, "stage": stage(lambda parameter: parameter),
        "weights": [values(weight) for weight in weights], "biases": [values(bias) for bias in biases],
        "x": values(x), "y": values(y),
        "expected": {
            "loss": loss.item(), "y_hat": values(y_hat), "grad_x": values(x.grad),
            "grad_stage": stage(lambda parameter: parameter.grad),
            "grad_weights": [values(weight.grad) for weight in weights],
            "grad_biases": [values(bias.grad) for bias in biases],
        },
    }


def uneven(generator):
    return [bins_of(1, count, generator)[0] for count in (1 + 1, 7, 48)] + [torch.tensor([-0.5, 0.75])]


print(json.dumps([
    case("as many bins each", [3, 4, 2], [0, 2], lambda g: bins_of(2, 5, g), 3, False, 9, 1),
    case("other bins each, one alone, and a scale", [6, 5, 3], [0, 1, 3, 4], uneven, 16, True, 12, 2),
    case("every input, no hidden layer", [2, 2], [0, 1], lambda g: bins_of(2, 10, g), 4, False, 7, 3),
]))
