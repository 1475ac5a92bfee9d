"""The public names, frozen: whoever changes them changes this list, and the changelog."""

import relu_prob

NAMES = [
    "Agreement",
    "AngleLaw",
    "Ball",
    "Box",
    "Bracket",
    "ConcreteNetwork",
    "Constant",
    "Convolution",
    "CostError",
    "CountLaw",
    "DataDependent",
    "DataDependentUnits",
    "DataReport",
    "Dense",
    "Design",
    "DesignRange",
    "Diagnosis",
    "DomainDiagnosis",
    "GaussianUnits",
    "GlorotNormal",
    "GraphCounts",
    "Guarantee",
    "HeNormal",
    "HeUniform",
    "Interpolant",
    "Interval",
    "LayerGraph",
    "LeCunNormal",
    "Network",
    "NeuronsToInterpolate",
    "Normal",
    "NotCovered",
    "Orthant",
    "Orthogonal",
    "Points",
    "Probability",
    "PyTorchDefault",
    "Quantity",
    "Rademacher",
    "RandomizedAsymmetric",
    "RankWidth",
    "RankWidthRange",
    "SimulatedCounts",
    "SphereUniform",
    "SymbolicEntry",
    "TransitionMatrix",
    "Uniform",
    "UniformUnits",
    "WholeSpace",
    "Zero",
    "__version__",
    "agree",
    "angle_law",
    "born_dead",
    "bracket",
    "count_law",
    "data_dependent",
    "design",
    "diagnose",
    "diagnose_on",
    "explain",
    "first_dead_layer",
    "largest_depth",
    "neurons_to_interpolate",
    "rank_probability",
    "simulate",
    "smallest_width",
    "trainability",
    "transition_matrix",
    "width_for_rank",
]


def test_the_public_names_are_these():
    assert sorted(relu_prob.__all__) == NAMES


def test_every_public_name_is_there_and_documented():
    for name in NAMES:
        thing = getattr(relu_prob, name)
        assert name == "__version__" or (thing.__doc__ or "").strip()


def test_dir_lists_them():
    assert set(NAMES) <= set(dir(relu_prob))
