from ._version import __version__ as __version__
from .domains import (
    Ball as Ball,
)
from .domains import (
    Box as Box,
)
from .domains import (
    Interval as Interval,
)
from .domains import (
    Orthant as Orthant,
)
from .domains import (
    Points as Points,
)
from .domains import (
    WholeSpace as WholeSpace,
)
from .initialization import (
    Constant as Constant,
)
from .initialization import (
    GlorotNormal as GlorotNormal,
)
from .initialization import (
    HeNormal as HeNormal,
)
from .initialization import (
    HeUniform as HeUniform,
)
from .initialization import (
    LeCunNormal as LeCunNormal,
)
from .initialization import (
    Normal as Normal,
)
from .initialization import (
    PyTorchDefault as PyTorchDefault,
)
from .initialization import (
    Rademacher as Rademacher,
)
from .initialization import (
    SphereUniform as SphereUniform,
)
from .initialization import (
    Uniform as Uniform,
)
from .initialization import (
    Zero as Zero,
)
from .network import Network as Network
from .questions.bracket import Bracket as Bracket
from .questions.bracket import bracket as bracket
from .questions.catalogue import NotCovered as NotCovered
from .questions.count_law import count_law as count_law
from .questions.design import (
    DesignRange as DesignRange,
)
from .questions.design import (
    largest_depth as largest_depth,
)
from .questions.design import (
    smallest_width as smallest_width,
)
from .questions.explain import explain as explain
from .questions.matrix import transition_matrix as transition_matrix
from .questions.trainability import (
    born_dead as born_dead,
)
from .questions.trainability import (
    first_dead_layer as first_dead_layer,
)
from .questions.trainability import (
    trainability as trainability,
)
from .results import (
    CountLaw as CountLaw,
)
from .results import (
    Guarantee as Guarantee,
)
from .results import (
    Probability as Probability,
)
from .results import (
    Quantity as Quantity,
)
from .results import (
    SymbolicEntry as SymbolicEntry,
)
from .results import (
    TransitionMatrix as TransitionMatrix,
)
from .simulation import SimulatedCounts as SimulatedCounts
from .simulation import simulate as simulate
from .theorems.bracket import CostError as CostError
from .verification import Agreement as Agreement, agree as agree
