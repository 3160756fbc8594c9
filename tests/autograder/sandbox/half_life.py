"""Any code as a student's half_life(z), the smallest task there is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import numpy as np

from autograder.case import Case
from autograder.sandbox.observation import Observation
from autograder.sandbox.parent import Sitting

Z = np.linspace(0.1, 0.9, 2 * 3 * 4).reshape(2, 3, 4)
CASE = Case("public", {"z": Z})
SECRET = "the seed of the hidden cases"
Run = Callable[..., Observation]


def source(body: str) -> list[dict[str, str]]:
    """A notebook of one cell whose half_life(z) has this body."""
    indented = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return [{"id": "answer", "source": f"import numpy as np\ndef half_life(z):\n{indented}\n"}]


def observe(sitting: Sitting, body: str, seconds: float = 5.0) -> Observation:
    """Load half_life(z) with this body and observe it once."""
    loaded = sitting.load(source(body), ["half_life"])
    assert loaded["problems"] == []
    return sitting.observe("gru.half_life", CASE, seconds)
