"""The table scripts are run as files, so they find each other in their own folder; the tests find them there too.

An experiment and the script that draws it have the same name: `experiments.e5_revival` and `e5_revival`.
"""

import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "paper_tables"
sys.path[:0] = [str(SCRIPTS), str(SCRIPTS / "experiments")]
