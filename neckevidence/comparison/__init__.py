"""What the figures of several trials say of two treatments."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Find what stood in the module of this name before 0.2, now `neckevidence.comparison.result`."""
    import warnings

    from neckevidence.comparison import result

    if name.startswith("__") or not hasattr(result, name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"{name} is now in {result.__name__}; the old name goes with the next release", DeprecationWarning, stacklevel=2
    )
    return getattr(result, name)
