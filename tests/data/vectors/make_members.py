"""Makes members.json: ensembles that share their weights (TabM and TabM-mini) and activations that learn to
bend, by PyTorch's autograd in float64.

    python make_members.py > members.json      (needs torch)
"""

import json

import torch

torch.set_default_dtype(torch.float64)


def case(name, widths, members, adapters, rows, seed, parametric=False):
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape):
        return torch.randn(*shape, generator=generator, requires_grad=True)

    layers = []
    for layer, (fan_in, width) in enumerate(zip(widths, widths[1:]), 1):
        if layer == len(widths) - 1:
            layers.append({"weights": draw(members, width, fan_in), "bias": draw(members, width)})
            continue
        own = adapters == "all" and members > 1
        part = {"weights": draw(width, fan_in), "bias": draw(members, width) if own else draw(width)}
        if own or (layer == 1 and members > 1):
            part["input_adapter"] = draw(members, fan_in)
        if own:
            part["output_adapter"] = draw(members, width)
        if parametric:
            part["bend"] = draw(width)
        layers.append(part)
    x = draw(rows, members, widths[0])
    y = torch.randn(rows, members, widths[-1], generator=generator)

    h = x
    for layer in layers[:-1]:
        h = h * layer["input_adapter"] if "input_adapter" in layer else h
        h = torch.einsum("nkq,pq->nkp", h, layer["weights"])
        h = h * layer["output_adapter"] if "output_adapter" in layer else h
        a = h + layer["bias"]
        h = a + layer["bend"] * (torch.tanh(a) - a) if parametric else torch.tanh(a)
    y_hat = torch.einsum("nkq,kpq->nkp", h, layers[-1]["weights"]) + layers[-1]["bias"]
    loss = ((y_hat - y) ** 2).sum(dim=-1).mean()
    loss.backward()

    def values(tensor):
        return tensor.detach().tolist()

    def pairs(tensor):
        return values(tensor.flatten(0, 1))

    return {
        "name": name, "widths": widths, "activation": "tanh", "output": "linear", "loss": "squared_error",
        "members": members, "adapters": adapters, "parametric": parametric,
        "layers": [{key: values(tensor) for key, tensor in layer.items()} for layer in layers],
        "x": pairs(x), "y": pairs(y),
        "expected": {
            "loss": loss.item(), "y_hat": pairs(y_hat), "grad_x": pairs(x.grad),
            "grad_layers": [{key: values(tensor.grad) for key, tensor in layer.items()} for layer in layers],
        },
    }


print(json.dumps([
    case("every layer adapted", [3, 5, 4, 2], 3, "all", 4, 1),
    case("the first layer adapted", [4, 3, 5, 1], 2, "first", 3, 2),
    case("one hidden layer", [2, 4, 3], 4, "all", 2, 3),
    case("parametric activations", [3, 4, 5, 2], 1, "all", 5, 5, parametric=True),
    case("parametric activations of members", [3, 4, 5, 1], 3, "all", 3, 6, parametric=True),
]))
