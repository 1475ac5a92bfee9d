from ._version import __version__ as __version__
from .concrete.data_dependent import DataDependent as DataDependent, data_dependent as data_dependent
from .concrete.data_report import DataReport as DataReport
from .concrete.decision import diagnose_on as diagnose_on
from .concrete.diagnosis import Diagnosis as Diagnosis, diagnose as diagnose
from .concrete.domain_diagnosis import DomainDiagnosis as DomainDiagnosis
from .concrete.network import ConcreteNetwork as ConcreteNetwork
from .domains import (
    Ball as Ball,
    Box as Box,
    Interval as Interval,
    Orthant as Orthant,
    Points as Points,
    WholeSpace as WholeSpace,
)
from .initialization import (
    Constant as Constant,
    GlorotNormal as GlorotNormal,
    HeNormal as HeNormal,
    HeUniform as HeUniform,
    LeCunNormal as LeCunNormal,
    Normal as Normal,
    Orthogonal as Orthogonal,
    PyTorchDefault as PyTorchDefault,
    Rademacher as Rademacher,
    RandomizedAsymmetric as RandomizedAsymmetric,
    SphereUniform as SphereUniform,
    Uniform as Uniform,
    Zero as Zero,
)
from .interpolation.interpolant import Interpolant as Interpolant
from .interpolation.neurons import (
    NeuronsToInterpolate as NeuronsToInterpolate,
    neurons_to_interpolate as neurons_to_interpolate,
)
from .interpolation.rank import (
    RankWidth as RankWidth,
    rank_probability as rank_probability,
    width_for_rank as width_for_rank,
)
from .interpolation.rank_simulation import RankWidthRange as RankWidthRange
from .interpolation.unit_laws import (
    DataDependentUnits as DataDependentUnits,
    GaussianUnits as GaussianUnits,
    UniformUnits as UniformUnits,
)
from .layer_graph import Convolution as Convolution, Dense as Dense, LayerGraph as LayerGraph
from .network import Network as Network
from .questions.angle import angle_law as angle_law
from .questions.bracket import Bracket as Bracket, bracket as bracket
from .questions.catalogue import NotCovered as NotCovered
from .questions.count_law import count_law as count_law
from .questions.design import (
    Design as Design,
    DesignRange as DesignRange,
    design as design,
    largest_depth as largest_depth,
    smallest_width as smallest_width,
)
from .questions.explain import explain as explain
from .questions.matrix import transition_matrix as transition_matrix
from .questions.trainability import (
    born_dead as born_dead,
    first_dead_layer as first_dead_layer,
    trainability as trainability,
)
from .results import (
    AngleLaw as AngleLaw,
    CountLaw as CountLaw,
    Guarantee as Guarantee,
    Probability as Probability,
    Quantity as Quantity,
    SymbolicEntry as SymbolicEntry,
    TransitionMatrix as TransitionMatrix,
)
from .simulation import GraphCounts as GraphCounts, SimulatedCounts as SimulatedCounts, simulate as simulate
from .theorems.bracket import CostError as CostError
from .verification import Agreement as Agreement, agree as agree
