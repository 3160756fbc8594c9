"""Answers of untrusted processes as our own objects: each field is looked at before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .limits import Limits
from .observation import Failure
from .wire import WireError

OF_ITSELF = ("exception", "not_done", "memory", "processes", "files", "reply", "layer", "fault")
"""Kinds of failure that a student's process may report of itself; its "fault" is but a claim."""
MAX_TEXT = 4000
MAX_PROBLEMS = 200


def failure(answer: Mapping[str, Any]) -> Failure | None:
    """The failure that a student's process reports, or None; WireError if it is none of ours."""
    told = answer.get("failure")
    if told is None:
        return None
    if not isinstance(told, dict) or told.get("kind") not in OF_ITSELF:
        raise WireError("the answer reports a failure of no known kind")
    kind = "claim" if told["kind"] == "fault" else told["kind"]
    return Failure(kind, _text(told, "message"), _text(told, "where"))


def output(answer: Mapping[str, Any]) -> str:
    """What the student's code printed; WireError if it is no text."""
    text = answer.get("output", "")
    if not isinstance(text, str):
        raise WireError("the printed output is no text")
    return text


def problems(told: object) -> list[dict[str, Any]]:
    """The loader's problems; what has another form than a problem's is left out."""
    found = []
    for problem in told[:MAX_PROBLEMS] if isinstance(told, list) else ():
        if not isinstance(problem, dict):
            continue
        line, binds = problem.get("line"), problem.get("binds")
        if type(line) is not int or not isinstance(binds, list):
            continue
        texts = {name: problem.get(name) for name in ("cell", "text", "message")}
        if all(isinstance(text, str) for text in (*texts.values(), *binds)):
            cut = {name: str(text)[:MAX_TEXT] for name, text in texts.items()}
            found.append({**cut, "line": line, "binds": [name[:MAX_TEXT] for name in binds]})
    return found


def names(told: object) -> list[str] | None:
    """The names that a process says it has; None if it does not say."""
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        return None
    return [str(name)[:MAX_TEXT] for name in told[:MAX_PROBLEMS]]


def ended(message: Mapping[str, Any], limits: Limits) -> Failure:
    """Why a sitting is over, from its supervisor's last message."""
    kind, detail = str(message.get("kind", "fault")), str(message.get("detail", ""))
    sentences = {
        "memory": f"more than {limits.memory_mb} MB of memory",
        "processes": f"more than {limits.processes} processes and threads",
        "cpu": f"more than {limits.cpu_seconds:g} s of CPU time",
        "output": f"more than {limits.output_kb} kB printed",
        "died": f"the process ended by itself: {detail}",
        "time": f"stopped at the limit of {detail} s",
    }
    if kind == "closed":
        return Failure("reply", "the process closed its connection to the grader")
    if kind in sentences:
        return Failure(kind, sentences[kind])
    return Failure("fault", str(message.get("message") or detail or f"the sitting is over: {kind}"))


def _text(told: Mapping[str, Any], name: str) -> str:
    text = told.get(name, "")
    if not isinstance(text, str):
        raise WireError(f"the failure's {name} is no text")
    return text[:MAX_TEXT]
