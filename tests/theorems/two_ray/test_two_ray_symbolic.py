"""Layer 3 as explicit integrals: quadrature of the printed formula against independent numbers."""

import numpy as np
import pytest
import sympy

from relu_prob import Network, transition_matrix
from relu_prob.theorems.two_ray.rational import transition as rational_transition
from relu_prob.theorems.two_ray.symbolic import PHI, U, V, dead, expectation, generating, transition


def quadrature(expression):
    """Gauss-Legendre in s and t with u = sin s, v = sin t, tanh-sinh in phi, whose two halves are conjugate."""
    (integral,) = expression.atoms(sympy.Integral)
    variables = list(integral.variables)
    integrand = sympy.lambdify([PHI, U, V], integral.function, "numpy")
    x, w = np.polynomial.legendre.leggauss(60)
    x, w = (x + 1) / 2, w / 2
    step = 0.06 * np.arange(-50, 51)
    phi = np.pi / (1 + np.exp(-np.pi * np.sinh(step)))
    phi_weight = 0.06 * np.pi * np.cosh(step) * phi * (1 - phi / np.pi)
    angle, angle_weight = np.pi / 2 * x, np.pi / 2 * w
    one = np.ones(1)
    u, u_weight = (np.sin(angle), angle_weight * np.cos(angle)) if U in variables else (one, one)
    v, v_weight = (np.sin(angle), angle_weight * np.cos(angle)) if V in variables else (one, one)
    weights = phi_weight[:, None, None] * u_weight[None, :, None] * v_weight[None, None, :]
    values = integrand(phi[:, None, None].astype(complex), u[None, :, None], v[None, None, :])
    constant = expression.subs(integral, 1)
    return float(constant) * 2 * float(np.sum(weights * np.real(values)))


# E theta given the pattern (first ray only, second only, both), to 24 digits by other means
ANGLES = {(1, 1, 1): 1.1157871981182792, (0, 1, 2): 0.8241294214014270, (0, 0, 3): 0.6614287486232122, (0, 2, 1): 1.0}


@pytest.mark.parametrize("pattern", ANGLES)
def test_the_mean_angle(pattern):
    found = quadrature(expectation(lambda c: sympy.pi / 2 - sympy.asin(c), *pattern))
    # the quadrature rule itself is good for nine digits, by comparison with 160 nodes
    assert found == pytest.approx(ANGLES[pattern], abs=1e-8)


def test_two_neurons_give_the_rational_moments():
    # t = 1 - (2/pi) asin(c) is uniform behind one neuron on both rays and one on a single ray, triangular behind two
    for pattern, second_moment in (((0, 1, 1), 1 / 3), ((0, 0, 2), 1 / 6)):
        found = quadrature(expectation(lambda c: (1 - 2 * sympy.asin(c) / sympy.pi) ** 2, *pattern))
        assert found == pytest.approx(second_moment, abs=1e-8)


def test_the_generating_function_has_the_moments_of_the_half_normal_as_coefficients():
    z = sympy.Symbol("z")
    series = sympy.series(generating(z), z, 0, 5).removeO()
    moments = [1, sympy.sqrt(2 / sympy.pi), 1, 2 * sympy.sqrt(2 / sympy.pi), 3]
    for power, moment in enumerate(moments):
        assert sympy.simplify(series.coeff(z, power) - moment**2 / sympy.factorial(power)) == 0


def test_a_right_angle_gives_a_quarter():
    assert dead(sympy.Integer(0)) == sympy.Rational(1, 4)
    assert dead(sympy.Integer(1)) == sympy.Rational(1, 2)


def test_the_whole_formula_at_three_neurons():
    """P(N_3 = j | N_2 = 3), the integrals replaced by their quadratures, against the matrix."""
    net = Network((1, 2, 3, 2, 1))
    entry = transition_matrix(net, layer=3, symbolic=True)
    matrix = transition_matrix(net, layer=3)
    for i in (2, 3):
        for j in range(3):
            expression = entry(i=i, j=j, n=2)
            integrals = {x: quadrature(x) for x in expression.atoms(sympy.Integral)}
            assert float(expression.xreplace(integrals)) == pytest.approx(float(matrix[i, j]), abs=1e-7)


@pytest.mark.parametrize("n1", [1, 3])
def test_with_two_neurons_it_is_the_rational_formula(n1):
    entry, symbols = transition(n1, 2)
    simple, _ = rational_transition(n1)
    i, j, n = symbols
    for k in (0, 1):
        values = {i: k, j: 1, n: 3}
        assert entry.subs(values) == simple.subs(values)
    expression = entry.subs({i: 2, j: 1, n: 2})
    integrals = {x: quadrature(x) for x in expression.atoms(sympy.Integral)}
    assert float(expression.xreplace(integrals)) == pytest.approx(
        float(simple.subs({i: 2, j: 1, n: 2}).doit()), abs=1e-7
    )


def test_the_weights_of_the_patterns_add_up():
    entry, (i, j, n) = transition(2, 4)
    for k in range(2, 5):
        # with f = 1 every pattern has expectation 1
        expression = entry.subs({i: k, j: 0, n: 0})
        integrals = {x: quadrature(x) for x in expression.atoms(sympy.Integral)}
        assert float(expression.xreplace(integrals)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("pattern", [(0, 0, 1), (1, 1, 0), (-1, 2, 1)])
def test_bad_patterns(pattern):
    with pytest.raises(ValueError, match="pattern"):
        expectation(dead, *pattern)
