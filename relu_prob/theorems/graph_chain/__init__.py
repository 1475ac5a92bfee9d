"""The ray and the sign chain of a layer graph: two laws of counts that enclose the true one, in any architecture."""

from relu_prob.theorems.graph_chain.counts import LIMIT_SECONDS, law
from relu_prob.theorems.graph_chain.first import first_network, reads_nothing
from relu_prob.theorems.graph_chain.ray import ray_exact_missing, ray_missing, ray_rules
from relu_prob.theorems.graph_chain.rule import SOURCE, Rule, certain_rules
from relu_prob.theorems.graph_chain.sign import sign_missing, sign_rules

__all__ = [
    "LIMIT_SECONDS",
    "SOURCE",
    "Rule",
    "certain_rules",
    "first_network",
    "law",
    "ray_exact_missing",
    "ray_missing",
    "ray_rules",
    "reads_nothing",
    "sign_missing",
    "sign_rules",
]
