"""Makes embedding.json: networks behind a periodic embedding and a scale of their inputs, by PyTorch's autograd in float64.

    python make_embedding.py > embedding.json      (needs torch)
"""

import json

import torch

torch.set_default_dtype(torch.float64)


def case(name, widths, embedded, frequencies, outputs, scaled, rows, seed):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, requires_grad=True)

    numbers = len(embedded)
    stage = {}
    if numbers:
        stage |= {"frequencies": draw(numbers, frequencies), "phases": draw(numbers, frequencies),
                  "projections": draw(numbers, outputs, frequencies), "offsets": draw(numbers, outputs)}
    fan_in = widths[0] + numbers * outputs
    if scaled:
        stage["scale"] = draw(fan_in)
    weights = [draw(n, m) for m, n in zip([fan_in, *widths[1:-1]], widths[1:])]
    biases = [draw(n) for n in widths[1:]]
    x = draw(rows, widths[0])
    y = torch.randn(rows, widths[-1], generator=generator)

    h = x
    if numbers:
        angles = 2 * torch.pi * stage["frequencies"] * x[:, embedded, None] + stage["phases"]
        z = torch.einsum("njk,jok->njo", torch.cos(angles), stage["projections"]) + stage["offsets"]
        h = torch.cat([x, z.flatten(1)], dim=1)
    if scaled:
        h = h * stage["scale"]
    for weight, bias in zip(weights[:-1], biases[:-1]):
        h = torch.tanh(h @ weight.T + bias)
    y_hat = h @ weights[-1].T + biases[-1]
    loss = ((y_hat - y) ** 2).sum(dim=1).mean()
    loss.backward()

    def values(tensor):
        return tensor.detach().tolist()

    return {
        "name": name, "widths": widths, "activation": "tanh", "output": "linear", "loss": "squared_error",
        "embedding": {"inputs": embedded, "frequencies": frequencies, "outputs": outputs}, "input_scale": scaled,
        "stage": {key: values(tensor) for key, tensor in stage.items()},
        "weights": [values(weight) for weight in weights], "biases": [values(bias) for bias in biases],
        "x": values(x), "y": values(y),
        "expected": {
            "loss": loss.item(), "y_hat": values(y_hat), "grad_x": values(x.grad),
            "grad_stage": {key: values(tensor.grad) for key, tensor in stage.items()},
            "grad_weights": [values(weight.grad) for weight in weights],
            "grad_biases": [values(bias.grad) for bias in biases],
        },
    }


print(json.dumps([
    case("embedding", [3, 4, 2], [0, 2], 5, 2, False, 6, 1),
    case("scale", [4, 3, 1], [], 1, 1, True, 5, 2),
    case("embedding and scale", [5, 6, 4, 3], [0, 1, 3, 4], 16, 3, True, 7, 3),
    case("one number, no hidden layer", [1, 2], [0], 3, 1, True, 4, 4),
]))
