"""A history of made pictures for a discriminator (Shrivastava et al. 2017): half of the time it sees an older one."""

from __future__ import annotations

import torch
from torch import Tensor

SIZE = 50


class ImagePool:
    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.kept: list[Tensor] = []

    def exchange(self, batch: Tensor, random: torch.Generator) -> Tensor:
        """As many as were given. Until it is full what comes is kept, and given back."""
        given = []
        for image in batch.detach():
            if len(self.kept) < self.size:
                self.kept.append(image)
                given.append(image)
                continue
            if torch.rand(1, generator=random).item() < 0.5:
                place = int(torch.randint(len(self.kept), (1,), generator=random))
                given.append(self.kept[place])
                self.kept[place] = image
            else:
                given.append(image)
        return torch.stack(given)

    def state(self) -> dict[str, Tensor]:
        return {str(n): image for n, image in enumerate(self.kept)}

    def restore(self, state: dict[str, Tensor], device: str) -> None:
        self.kept = [state[str(n)].to(device) for n in range(len(state))]
