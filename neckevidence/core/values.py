"""The numbers inside results of any kind, and the ranges among them."""

from __future__ import annotations

import dataclasses
import itertools
import math
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

_LOW, _HIGH = re.compile("low|least"), re.compile("high|greatest|most")


def values_in(*results: Any) -> tuple[float, ...]:
    """Collect the numbers of results.

    Parameters
    ----------
    *results : object
        Numbers, sequences, mappings, arrays, DataFrames, and dataclasses with their fields and public properties.

    Returns
    -------
    tuple of float
        Every finite number, each once, in rising order. Text and truth values hold none, and neither does an index without
        a name, which only counts rows.

    Examples
    --------
    >>> values_in({"estimate": 0.5, "limits": (0.25, float("inf"))}, "7 patients", True)
    (0.25, 0.5)
    """
    return tuple(sorted({float(one) for one in _walk(results, {}) if _is_number(one)}))


def ranges_in(*results: Any) -> tuple[tuple[float, float], ...]:
    """Collect the ranges of results: pairs of numbers, and in one record what is called low with what is called high.

    Parameters
    ----------
    *results : object
        As for `values_in`.

    Returns
    -------
    tuple of (float, float)
        Finite, each once, the lower end first, in rising order.

    Examples
    --------
    >>> ranges_in({"estimate": 0.5, "ci_low": 0.25, "ci_high": 0.75}, [(1, 2)])
    ((0.25, 0.75), (1.0, 2.0))
    """
    found = set()
    for one in _walk(results, {}):
        if isinstance(one, tuple | list) and len(one) == 2 and all(map(_is_number, one)):
            found.add((float(one[0]), float(one[1])))
        for record in _records(one):
            named = {name: values_in(value) for name, value in record.items() if isinstance(name, str)}
            lows, highs = ([named[name] for name in named if word.search(name)] for word in (_LOW, _HIGH))
            found |= set(itertools.product(itertools.chain(*lows), itertools.chain(*highs)))
    return tuple(sorted((low, high) for low, high in found if low <= high))


def _is_number(one: Any) -> bool:
    return isinstance(one, numbers.Real) and not isinstance(one, bool | np.bool_) and math.isfinite(one)


def _records(one: Any) -> list[Mapping[str, Any]]:
    """Return a DataFrame as its rows, a dataclass or a mapping as itself; only what is called low or high."""
    if isinstance(one, pd.DataFrame):
        ends = [name for name in one if isinstance(name, str) and (_LOW.search(name) or _HIGH.search(name))]
        return one[ends].to_dict("records") if ends else []
    if isinstance(one, Mapping):
        record = one
    elif dataclasses.is_dataclass(one) and not isinstance(one, type):
        record = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    else:
        return []
    return [{name: part for name, part in record.items() if isinstance(part, numbers.Real | tuple)}]


def _walk(one: Any, seen: dict[int, Any]) -> Iterator[Any]:
    """Yield an object and all objects within it, each once; `seen` holds them, so that no id is used twice."""
    if one is None or isinstance(one, str | bytes | type) or id(one) in seen:
        return
    if not isinstance(one, numbers.Number):
        seen[id(one)] = one
    yield one
    for part in _parts(one):
        yield from _walk(part, seen)


def _parts(one: Any) -> Iterable[Any]:
    if isinstance(one, np.ndarray):
        return one.ravel().tolist()
    if isinstance(one, pd.DataFrame):
        return [*(one[name] for name in one), one.index, one.columns]
    if isinstance(one, pd.Series):
        return [*one.dropna().tolist(), one.index]
    if isinstance(one, pd.Index):
        return one.tolist() if any(one.names) else []
    if isinstance(one, Mapping):
        return [*one, *one.values()]
    if isinstance(one, Iterable) and not isinstance(one, Iterator):
        return one
    return [getattr(one, name) for name in _public(one)] if dataclasses.is_dataclass(one) else []


def _public(result: Any) -> list[str]:
    own = [field.name for field in dataclasses.fields(result)]
    kinds = property | cached_property
    own += [name for name in dir(type(result)) if isinstance(getattr(type(result), name), kinds)]
    return [name for name in own if not name.startswith("_")]
