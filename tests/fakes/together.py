"""What a module makes once for its tests, and that they stay in one process for it."""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

Made = TypeVar("Made", bound=Callable[..., Any])
_made: set[tuple[str, str]] = set()


def made_once(function: Made) -> Made:
    """A fixture that is made once for the module it stands in. xdist leaves the tests that use it together."""
    _made.add((function.__module__, function.__name__))
    return pytest.fixture(scope="module")(function)


def group(item: pytest.Item) -> str:
    """The name that holds together the tests which share something with this one; empty when it stands alone."""
    here = getattr(getattr(item, "module", None), "__name__", "")
    return item.path.stem if any((here, name) in _made for name in getattr(item, "fixturenames", ())) else ""
