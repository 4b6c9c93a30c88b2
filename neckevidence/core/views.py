"""What shows a kind of result, found by its type: so that no result imports a picture."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

_ROOMS = ("neckevidence.figures", "neckevidence.views")  # loaded at the first question; what they hold registers itself
_VIEWS: dict[tuple[str, type], Callable[..., Any]] = {}

Function = TypeVar("Function", bound=Callable[..., Any])


def shows(what: str, kind: type) -> Callable[[Function], Function]:
    """Register a function as that which shows a kind of result.

    Parameters
    ----------
    what : str
        ``picture`` or ``explanation``.
    kind : type
        Class of the result; its subclasses are shown in the same way.

    Returns
    -------
    callable
        A decorator that returns the function unchanged. The function takes the result first.
    """

    def register(function: Function) -> Function:
        _VIEWS[what, kind] = function
        return function

    return register


def view(what: str, result: Any, *args: Any, **options: Any) -> Any:
    """Show a result.

    Parameters
    ----------
    what : str
        ``picture`` or ``explanation``.
    result : object
        The result.
    *args, **options
        Passed on to the function that shows it.

    Returns
    -------
    object
        What that function returns.

    Raises
    ------
    TypeError
        If nothing shows such a result.
    """
    for room in _ROOMS:
        import_module(room)
    for kind in type(result).__mro__:
        if (what, kind) in _VIEWS:
            return _VIEWS[what, kind](result, *args, **options)
    raise TypeError(f"no {what} of a {type(result).__name__}")
