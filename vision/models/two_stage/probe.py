"""A linear probe: multinomial logistic regression on features that stand still."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

# What the strength of regularisation is chosen from. Narrow on purpose: a few validation people cannot tell more
# apart, and with a tenth of the least a probe is sure of what it gets wrong.
DECAYS = (3e-2, 1e-1, 3e-1)


def fit_head(x: Tensor, y: Tensor, weights: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """Weight [C, F] and bias [C] from standardised features x [N, F] and labels y [N], each class weighed by
    `weights` [C]."""
    weight = torch.zeros(len(weights), x.shape[1], device=x.device, requires_grad=True)
    bias = torch.zeros(len(weights), device=x.device, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        solver.zero_grad()
        loss = functional.cross_entropy(functional.linear(x, weight, bias), y, weight=weights)
        loss = loss + decay * weight.square().sum() / 2
        loss.backward()
        return loss

    solver.step(closure)
    return weight.detach(), bias.detach()
