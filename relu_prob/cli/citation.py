"""What to cite."""

from relu_prob._version import __version__

BIBTEX = f"""\
@article{{shin2020trainability,
  author        = {{Shin, Yeonjong and Karniadakis, George Em}},
  title         = {{Trainability of {{ReLU}} networks and data-dependent initialization}},
  journal       = {{Journal of Machine Learning for Modeling and Computing}},
  volume        = {{1}},
  number        = {{1}},
  pages         = {{39--74}},
  year          = {{2020}},
  eprint        = {{1907.09696}},
  archivePrefix = {{arXiv}}
}}

@software{{relu_prob,
  author  = {{{{The relu\\_prob developers}}}},
  title   = {{relu\\_prob: exact probabilities that {{ReLU}} networks are alive and trainable at initialization}},
  version = {{{__version__}}},
  license = {{MIT}}
}}"""
