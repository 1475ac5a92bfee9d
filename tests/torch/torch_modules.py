"""One fully connected network, 5-4-3-2, written in many ways."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

WIDTHS = (5, 4, 3, 2)


class Written(nn.Module):
    """Three linear layers, with ReLUs written as ``relu``."""

    def __init__(self, relu=F.relu, bias=True):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(n, k, bias=bias) for n, k in pairwise(WIDTHS))
        self.relu = relu

    def forward(self, x):
        return self.c(self.relu(self.b(self.relu(self.a(x)))))


class Block(nn.Module):
    def __init__(self, n, k, act):
        super().__init__()
        self.body = nn.ModuleDict({"lin": nn.Linear(n, k), "rest": nn.Sequential(nn.Identity(), nn.Dropout(0.5))})
        self.act = act

    def forward(self, x):
        return self.act(self.body["rest"](self.body["lin"](x)))


class Nested(nn.Module):
    def __init__(self):
        super().__init__()
        act = nn.ReLU(inplace=True)
        self.blocks = nn.ModuleList([Block(5, 4, act), Block(4, 3, act)])
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.head(x).view(x.shape[0], 1, 2).squeeze(1)


class Matrices(nn.Module):
    """No nn.Linear: W with a row or a column for every neuron."""

    def __init__(self):
        super().__init__()
        self.w = nn.ParameterList([torch.randn(4, 5), torch.randn(4, 3), torch.randn(2, 3)])
        self.b = nn.ParameterList([torch.randn(4), torch.randn(3), torch.randn(2)])

    def forward(self, x):
        h = torch.relu(x @ self.w[0].T + self.b[0])
        h = torch.relu(self.b[1] + h @ self.w[1])
        return F.linear(h, self.w[2], self.b[2])


class InPlace(Written):
    """Overwritten through another name of the tensor."""

    def forward(self, x):
        h = self.a(x)
        h.view(-1).relu_()
        h = self.b(h)
        h.data.clamp_(min=0)
        return self.c(h)


RELUS = {
    "F.relu": F.relu,
    "torch.relu": torch.relu,
    "method": lambda z: z.relu(),
    "in place": lambda z: z.relu_(),
    "nn.ReLU": nn.ReLU(),
    "nn.ReLU in place": nn.ReLU(inplace=True),
    "clamp": lambda z: z.clamp(min=0),
    "clamp_min": lambda z: torch.clamp_min(z, 0.0),
    "clamp_min of a tensor": lambda z: z.clamp(min=torch.tensor(0.0)),
    "maximum": lambda z: torch.maximum(z, torch.tensor(0.0)),
    "maximum of zeros": lambda z: torch.maximum(torch.zeros_like(z), z),
    "threshold": lambda z: F.threshold(z, 0, 0),
}


def all_ways():
    """(name, module) of every way."""
    torch.manual_seed(0)
    yield from ((name, Written(relu)) for name, relu in RELUS.items())
    yield "no biases", Written(bias=False)
    yield "nested", Nested()
    yield "matrices", Matrices()
    yield "through a view", InPlace()
    yield (
        "a sequence",
        nn.Sequential(
            *(nn.Flatten(), nn.Linear(5, 4), nn.ReLU(), nn.Unflatten(1, (2, 2)), nn.Flatten()),
            *(nn.Dropout(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)),
        ),
    )
