"""The table scripts are run as files, so they find each other in their own folder; the tests find them there too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "paper_tables"))
