"""What all tests share. Properties are tested on the same generated networks in every run."""

import builtins

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "same", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("same")


@pytest.fixture
def without_onnx(monkeypatch):
    """The package onnx cannot be imported."""
    real = builtins.__import__

    def without(name, *rest):
        if name == "onnx":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
