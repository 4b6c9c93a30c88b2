"""Evidence synthesis that ties a claim to its numbers and a number to its source."""

import lazy_loader

from neckevidence import _renamed  # noqa: F401

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
