"""Otter-Grader's local run (`otter run`) over the submissions of grading.py; it needs no Docker.

Otter pins packages of its own, so it gets an environment of its own that sees the course's:

    python -m venv otter && otter/bin/pip install otter-grader==7.0.0
    python -c "import site; print(*site.getsitepackages())" > course.pth
    mv course.pth otter/lib/python3.11/site-packages/
    python benchmarks/grading.py --otter otter/bin/otter
"""

import json
import subprocess

from autograder.check import registry

LOOP = """for each in *.ipynb; do
    mkdir -p "out/$each"
    %s run --no-logo -a autograder.zip -o "out/$each" "$each"
done"""


def prepared(otter, root, unit, handed_in, left_out):
    """A folder with every submission, and the command that grades them one by one."""
    (root / "tests").mkdir(parents=True)
    for check in registry(unit):
        if check.name not in left_out:
            path = root / "tests" / f"{check.grade_id.replace('-', '_')}.py"
            path.write_text(f"OK_FORMAT = True\n\ntest = {test_of(check)!r}\n")
    options = ("--no-config", "--no-requirements", "--no-environment")
    words = (otter, "generate", "-t", "tests", "-o", "autograder.zip", *options)
    subprocess.run(words, cwd=root, check=True, capture_output=True)
    for student, notebook in handed_in:
        cells = [cell for cell in notebook["cells"] if not calls_check(cell)]
        (root / f"{student}.ipynb").write_text(json.dumps({**notebook, "cells": cells}))
    return ["sh", "-c", LOOP % otter]


def calls_check(cell):
    """Otter's tests call the checks, so the notebook does not."""
    return cell["cell_type"] == "code" and "".join(cell["source"]).startswith("check(")


def test_of(check):
    """Otter's test of one check: it fails if the check raises."""
    case = {"code": f">>> _ = check({check.id!r})", "hidden": False, "locked": False}
    suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    return {"name": check.grade_id, "points": check.points, "suites": [suite]}
