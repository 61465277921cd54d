"""How a run of pytest ended, kept beside pytest's own list of what failed: ``make`` hides it from tools/once_more.py."""

from collections.abc import Generator

import pytest

from tests.fakes import leftovers

KEPT = "bocau/ended"
"""Where it stands in pytest's cache."""


def watch(config: pytest.Config) -> None:
    """Keep how the run ends. What xdist's workers tell comes together in the process that leads them."""
    cache = getattr(config, "cache", None)  # tools/once_more.py itself runs tests without one
    if cache is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Ending(cache))


class Ending:
    """``status``: pytest's exit code. ``whole``: nobody stopped it. ``outlived``: a process did not end with the run."""

    def __init__(self, cache: pytest.Cache) -> None:
        self._cache = cache
        self._outlived = False

    def pytest_sessionstart(self) -> None:
        self._cache.set(KEPT, None)  # so that a run which is killed leaves nothing to believe in

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The check of the whole run fails in the last test's name, which has nothing to do with it."""
        if report.failed and report.when == "teardown" and leftovers.OUTLIVED in report.longreprtext:
            self._outlived = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        yield
        ended = {
            "seed": str(session.config.getoption("randomly_seed", None)),
            "status": int(session.exitstatus),
            "whole": not (session.shouldfail or session.shouldstop),
            "outlived": self._outlived,
        }
        self._cache.set(KEPT, ended)
