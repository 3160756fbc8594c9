"""Front 3: `pytest --submission gru.ipynb`, one item a check. Installed with the package.

The submission is graded in the sandbox, once, before the first item; pytest never imports it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .problem import Problem


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of this front."""
    group = parser.getgroup("course", "grading one submission")
    group.addoption("--submission", metavar="FILE", help="grade this notebook or script")
    group.addoption("--unit", help="its unit, where the file does not tell")
    group.addoption("--hidden", action="store_true", help="hidden cases as well")
    group.addoption("--seed", type=int, help="seed of the hidden cases (default: course.toml's)")
    group.addoption("--student", default="", help="whose work it is, where each has a seed")
    group.addoption("--isolation", default=None, choices=("bubblewrap", "process"))


class Failed(Exception):
    """A check did not pass; its text is all that is shown."""


class CheckItem(pytest.Item):
    """One check of the unit."""

    def __init__(self, *, check: Any, grading: Grading, **kwargs: Any):
        super().__init__(**kwargs)
        self.check, self.grading = check, grading

    def runtest(self) -> None:
        """Pass, fail or skip as the verdict says; a grader fault is an error of ours."""
        from .pages import plain

        report = self.grading.report()
        verdict = report.verdict(self.check.id)
        self.user_properties += [("points", verdict.points), ("max_points", verdict.max_points)]
        if verdict.status == "skip":
            pytest.skip(verdict.message)
        if verdict.status != "pass":
            raise Failed(plain(verdict, report.language))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The verdict without a traceback: no line of ours is to blame."""
        if isinstance(excinfo.value, Failed | Problem):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where the item stands in pytest's listing."""
        return self.path, None, self.check.id


class Grading:
    """The one report of this session."""

    def __init__(self, config: pytest.Config):
        self.config = config
        self._report: Any = None

    def report(self) -> Any:
        """Grade on first use."""
        if self._report is None:
            from .fronts import marker_for

            option = self.config.getoption
            path = Path(option("--submission"))
            with marker_for(
                path,
                hidden=option("--hidden"),
                student=self.student,
                seed=option("--seed"),
                isolation=option("--isolation"),
            ) as marker:
                self._report = marker.mark(self.submission())
        return self._report

    @property
    def student(self) -> str:
        """Whose work it is: as --student says, else as its place in the course folder does."""
        from .fronts import student_of

        option = self.config.getoption
        return str(option("--student") or student_of(Path(option("--submission"))))

    def submission(self) -> Any:
        """The submission that the options name; a UsageError in one line if it cannot be read."""
        from .notebook_file import SubmissionError
        from .submission import read

        try:
            path, unit = (self.config.getoption(name) for name in ("--submission", "--unit"))
            return read(path, unit, self.student)
        except SubmissionError as problem:
            raise pytest.UsageError(str(problem)) from None


class Checks(pytest.Collector):
    """The checks of the submission's unit."""

    def collect(self) -> Iterator[CheckItem]:
        """An item for each check, in the unit's order."""
        from .check import registry

        grading = Grading(self.config)
        for check in registry(grading.submission().unit):
            yield CheckItem.from_parent(self, name=check.id, check=check, grading=grading)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """With --submission, the checks are the only items: no file is imported."""
    if not session.config.getoption("--submission"):
        return None
    path = Path(session.config.getoption("--submission")).absolute()
    collector = Checks.from_parent(session, name=path.name, path=path, nodeid=path.name)
    session.items = list(collector.collect())
    hook = session.config.hook
    hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
    session.testscollected = len(session.items)
    hook.pytest_collection_finish(session=session)
    return True
