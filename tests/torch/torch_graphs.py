"""Random small networks that are no chains, which keep what their ReLUs get; and their training."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

UPDATES = ("sgd", "momentum", "adam", "adversary")


class Recorded(nn.Module):
    """A module that keeps what its ReLUs get, in order, with the axis of the units last."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def relu(self, z):
        self.seen.append(z.detach().movedim(1, -1).reshape(-1, z.shape[1]) if z.ndim > 2 else z.detach())
        return torch.relu(z)

    def forward(self, x):
        self.seen.clear()
        return self.run(x)


class ConvChain(Recorded):
    """Convolutions with pooling between, flattened or averaged, then linear layers."""

    def __init__(self, pick):
        super().__init__()
        c = [pick(1, 3), pick(1, 4), pick(1, 4)]
        self.shape = (c[0], 8, 8)
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=pick(0, 1), padding_mode=("zeros", "reflect")[pick(0, 1)], bias=pick(0, 3) > 0)
            for a, b in pairwise(c)
        )
        pools = (nn.MaxPool2d(2, 1), nn.AvgPool2d(2, 1, 1), nn.Identity(), nn.MaxPool2d(2, 1, 1))
        self.pools = nn.ModuleList(pools[pick(0, 3)] for _ in self.convs)
        self.end = (nn.Flatten(), nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()))[pick(0, 1)]
        self.hidden, self.out = nn.LazyLinear(pick(1, 4)), nn.LazyLinear(2)

    def run(self, x):
        for conv, pool in zip(self.convs, self.pools, strict=True):
            x = pool(self.relu(conv(x)))
        return self.out(self.relu(self.hidden(self.end(x))))


class Residual(Recorded):
    """A stem and residual blocks, with or without a convolution in the shortcut, ReLU after the sum or before it."""

    def __init__(self, pick):
        super().__init__()
        c = pick(1, 4)
        self.shape, self.after = (2, 5, 5), pick(0, 1)
        self.stem = nn.Conv2d(2, c, 3)
        self.firsts = nn.ModuleList(nn.Conv2d(c, c, 3, padding=1) for _ in range(2))
        self.seconds = nn.ModuleList(nn.Conv2d(c, c, 3, padding=1) for _ in range(2))
        self.shortcuts = nn.ModuleList((nn.Identity(), nn.Conv2d(c, c, 1))[pick(0, 1)] for _ in range(2))
        self.out = nn.Linear(c, 2)

    def run(self, x):
        x = self.relu(self.stem(x))
        for first, second, shortcut in zip(self.firsts, self.seconds, self.shortcuts, strict=True):
            y = second(self.relu(first(x)))
            x = self.relu(y + shortcut(x)) if self.after else x + self.relu(y)
        return self.out(x.mean((2, 3)))


class Branches(Recorded):
    """Branches that are concatenated, and one layer that also goes to the output directly."""

    def __init__(self, pick):
        super().__init__()
        n = pick(1, 4)
        self.shape, self.direct = (3,), pick(0, 1)
        self.a, self.b, self.c = nn.Linear(3, n), nn.Linear(3, 2), nn.Linear(n, 3)
        self.d, self.e = nn.Linear(5, 3), nn.Linear(3, 3)
        self.out, self.short = nn.Linear(3, 1), nn.Linear(n, 1, bias=False)

    def run(self, x):
        h = self.relu(self.a(x))
        both = torch.cat([self.relu(self.c(h)), self.relu(self.b(x))], 1)
        y = self.relu(self.d(both))
        y = y + self.relu(self.e(y))
        return self.out(y) + self.short(h) if self.direct else self.out(y)


class Shared(Recorded):
    """One layer used at every step, on squares of a picture; and its weights used again at the end."""

    def __init__(self, pick):
        super().__init__()
        n = pick(2, 4)
        self.shape, self.again = (4, 3), pick(0, 1)
        self.inward, self.step, self.out = nn.Linear(3, n), nn.Linear(n, n), nn.Linear(n, 1)

    def run(self, x):
        h = torch.zeros(len(x), self.step.in_features)
        for k in range(x.shape[1]):
            h = self.relu(self.inward(x[:, k]) + self.step(h))
        return F.linear(h, self.step.weight) if self.again else self.out(h)


class Wide(Recorded):
    """Linear layers on every place of a sequence, with a residual sum that is scaled, and a maximum over the places."""

    def __init__(self, pick):
        super().__init__()
        n = pick(2, 4)
        self.shape, self.largest = (5, 2), pick(0, 1)
        self.a, self.b, self.c, self.out = nn.Linear(2, n), nn.Linear(n, 3), nn.Linear(3, n), nn.Linear(n, 2)

    def _relu(self, z):
        return self.relu(z.flatten(0, 1)).unflatten(0, z.shape[:2])

    def run(self, x):
        h = self._relu(self.a(x))
        h = h + 0.5 * self._relu(self.c(self._relu(self.b(h))))
        return self.out(h.amax(1) if self.largest else h.sum(1))


KINDS = (ConvChain, Residual, Branches, Shared, Wide)


def random_module(kind, seed, m=6):
    """A module and data; shifted biases and signs make many of its units dead."""
    random = torch.Generator().manual_seed(seed)

    def pick(low, high):
        return int(torch.randint(low, high + 1, (), generator=random))

    module = kind(pick)
    x = torch.randn(m, *module.shape, generator=random)
    x = x.abs() if pick(0, 2) == 0 else x
    with torch.no_grad():
        module(x)
        for p in module.parameters():
            p.copy_(torch.randn(p.shape, generator=random) * (1.5 / max(1, p[0].numel()) ** 0.5))
            signs = pick(0, 5)
            if p.ndim > 1 and signs < 3:
                # rows of one sign are silent for ever, or soon
                rows = torch.rand(p.shape[0], generator=random) < 0.4
                p[rows] = -p[rows].abs()
            if p.ndim == 1:
                p.sub_((0.0, 0.5, 2.0)[pick(0, 2)] * torch.rand((), generator=random))
    return module, x


def train(module, x, update, *, steps, rate=0.1, seed=0):
    """Train, with random labels and batches or random gradients at the output, and yield after every step."""
    random = torch.Generator().manual_seed(seed)
    optimizer = {
        "sgd": lambda p: torch.optim.SGD(p, lr=rate),
        "momentum": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=rate),
        "adversary": lambda p: torch.optim.SGD(p, lr=rate),
    }[update](list(module.parameters()))
    labels = 3 * torch.randn(module(x).shape, generator=random)
    for _ in range(steps):
        batch = torch.randperm(len(x), generator=random)[: max(1, len(x) // 2)]
        out = module(x[batch])
        at_output = torch.randn(out.shape, generator=random) * 10 ** (3 * float(torch.rand((), generator=random)) - 2)
        loss = (out * at_output).sum() if update == "adversary" else ((out - labels[batch]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        # steps of bounded length keep training from overflowing; a vanishing gradient still gives a vanishing step
        for p in module.parameters():
            if p.grad is not None:
                p.grad /= p.grad.norm().clamp(min=1)
        optimizer.step()
        with torch.no_grad():
            module(x)
        yield [z.clone() for z in module.seen]
