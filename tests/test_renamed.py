"""Old names of modules lead to the same objects, and say what they are called now."""

import importlib
import sys
import warnings

import pytest

from neckevidence import _renamed


@pytest.mark.parametrize("old", sorted(_renamed._NEW))
def test_an_old_name_is_the_new_module(old):
    name, new = f"neckevidence.{old}", f"neckevidence.{_renamed._NEW[old]}"
    sys.modules.pop(name, None)
    with pytest.warns(DeprecationWarning, match=f"{name} is now {new};"):
        module = importlib.import_module(name)
    assert module is importlib.import_module(new)
    assert module.__name__ == module.__spec__.name == new


def test_what_stood_in_a_module_whose_name_is_a_folder_now():
    with pytest.warns(DeprecationWarning, match=r"neckevidence\.comparison\.result"):
        from neckevidence.comparison import Comparison
    from neckevidence.comparison.result import Comparison as same

    assert Comparison is same


def test_the_package_uses_no_old_name():
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        import neckevidence as ne

        for name in ne.__all__:
            getattr(ne, name)
