"""relu_prob: will this ReLU network be alive at initialization, and is it trainable at all?

The public names are listed in ``__init__.pyi``; each is imported when it is first used, so that ``import relu_prob``
costs next to nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
