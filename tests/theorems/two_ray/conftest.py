"""One table for the session, in a directory of its own unless RELU_PROB_CACHE_DIR names one."""

import os

import pytest

from relu_prob.theorems.two_ray.laws import layers_for


@pytest.fixture(scope="session", autouse=True)
def _cache_directory(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        if not os.environ.get("RELU_PROB_CACHE_DIR"):
            patch.setenv("RELU_PROB_CACHE_DIR", str(tmp_path_factory.mktemp("relu_prob_cache")))
        yield


@pytest.fixture(scope="session")
def layers():
    """The operators on the table for counts up to 16: about 40 s where it is not stored."""
    return layers_for(16)
