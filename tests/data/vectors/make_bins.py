"""Makes bins.json: the edges that rtdl_num_embeddings' compute_bins gives columns of numbers.

    python make_bins.py > bins.json      (needs torch, rtdl_num_embeddings)
"""

import json

import torch
from rtdl_num_embeddings import compute_bins

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(1)


def case(name, values, bins):
    return {"name": name, "bins": bins, "values": values.tolist(), "edges": compute_bins(values[:, None], n_bins=bins)[0].tolist()}


normal = torch.randn(173, generator=generator)
print(json.dumps([
    case("all different", normal, 48),
    case("few values", torch.randint(0, 5, (100,), generator=generator).double(), 48),
    case("half of them the same", torch.where(normal > 0, normal, torch.zeros(())), 16),
    case("two bins", torch.tensor([3.0, -1.0, 4.0, 1.5]), 2),
]))
