"""Makes categories.json: networks behind torch.nn.Embedding of their categories, by PyTorch's autograd in float64. The scale of
the inputs leaves the vectors out.

    python make_categories.py > categories.json      (needs torch)
"""

import json

import torch

torch.set_default_dtype(torch.float64)


def case(name, widths, embedded, codes, outputs, scaled, rows, seed):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, requires_grad=True)

    tables = [torch.nn.Embedding(count, outputs, _weight=draw(count, outputs).detach()) for count in codes]
    kept = [j for j in range(widths[0]) if j not in embedded]
    fan_in = len(kept) + len(embedded) * outputs
    scale = draw(len(kept)) if scaled else torch.ones(len(kept))
    weights = [draw(n, m) for m, n in zip([fan_in, *widths[1:-1]], widths[1:])]
    biases = [draw(n) for n in widths[1:]]
    x = torch.randn(rows, widths[0], generator=generator)
    for j, count in zip(embedded, codes):
        x[:, j] = torch.randint(0, count, (rows,), generator=generator).double()
    x.requires_grad_()
    y = torch.randn(rows, widths[-1], generator=generator)

    vectors = [table(x[:, j].long()) for j, table in zip(embedded, tables)]
    h = torch.cat([x[:, kept] * scale, *vectors], dim=1)
    for weight, bias in zip(weights[:-1], biases[:-1]):
        h = torch.tanh(h @ weight.T + bias)
    y_hat = h @ weights[-1].T + biases[-1]
    loss = ((y_hat - y) ** 2).sum(dim=1).mean()
    loss.backward()

    def values(tensor):
        return tensor.detach().tolist()

    def stage(of):
        parts = {"category_vectors": [row for table in tables for row in values(of(table.weight))]}
        return parts | ({"scale": values(of(scale))} if scaled else {})

    return {
        "name": name, "widths": widths, "activation": "tanh", "output": "linear", "loss": "squared_error",
        "categories": {"inputs": embedded, "codes": codes, "outputs": outputs}, "input_scale": scaled,
        "stage": stage(lambda parameter: parameter),
        "weights": [values(weight) for weight in weights], "biases": [values(bias) for bias in biases],
        "x": values(x), "y": values(y),
        "expected": {
            "loss": loss.item(), "y_hat": values(y_hat), "grad_x": values(x.grad),
            "grad_stage": stage(lambda parameter: parameter.grad),
            "grad_weights": [values(weight.grad) for weight in weights],
            "grad_biases": [values(bias.grad) for bias in biases],
        },
    }


print(json.dumps([
    case("two categories", [4, 5, 2], [1, 3], [3, 12], 8, False, 20, 1),
    case("and a scale of the other inputs", [5, 4, 3], [0, 2, 4], [2, 5, 9], 3, True, 15, 2),
]))
