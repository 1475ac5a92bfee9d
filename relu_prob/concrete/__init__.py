"""Concrete networks and data: explicit weights, looked at or made for given inputs."""
