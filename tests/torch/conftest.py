"""Modules draw their weights from PyTorch's own random numbers: every test starts with the same ones, in any order."""

import pytest
import torch


@pytest.fixture(autouse=True)
def same_random_numbers():
    torch.manual_seed(1)
