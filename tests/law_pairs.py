"""Laws of weights and biases that whole-package tests draw networks from."""

from relu_prob import (
    GlorotNormal,
    HeNormal,
    HeUniform,
    LeCunNormal,
    Normal,
    PyTorchDefault,
    Rademacher,
    SphereUniform,
    Uniform,
    Zero,
)

# those that most theorems are about
GAUSSIAN = [
    (HeNormal(), Zero()),
    (LeCunNormal(), Zero()),
    (HeNormal(), Normal(0.5)),
    (LeCunNormal(), Normal(1)),
]
PAIRS = [
    *GAUSSIAN,
    (GlorotNormal(), Zero()),
    (GlorotNormal(), Normal(1)),
    (HeUniform(), Zero()),
    (SphereUniform(), Zero()),
    (Rademacher(), Zero()),
    (Rademacher(), Normal(1)),
    (Uniform(2), Uniform(1)),
    (PyTorchDefault(), PyTorchDefault()),
    (SphereUniform(), SphereUniform()),
]
