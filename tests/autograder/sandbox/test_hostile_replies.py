"""Whatever a student's process writes to its socket becomes a failure, and harms nobody."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
from half_life import CASE, Run, Z, observe
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox import replies
from autograder.sandbox.limits import Limits
from autograder.sandbox.observation import Failure
from autograder.sandbox.parent import Server
from autograder.sandbox.wire import WireError

HELP = """
import json, os, struct, sys, time
def frame(message, arrays=(), data=b''):
    text = json.dumps({'message': message, 'arrays': list(arrays)}).encode()
    return struct.pack('>I', len(text)) + text + data
def write(data):
    while data: data = data[os.write(3, data):]
def asked():
    place = sys._getframe()
    while 'id' not in place.f_locals.get('request', {}): place = place.f_back
    return place.f_locals['request']['id']
answer = {'id': asked(), 'failure': None, 'output': ''}
"""


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("write(b'garbage' * 1000); time.sleep(9)", "header of 1734439522 bytes"),
        ("write(b'\\0' * 4); time.sleep(9)", "header is no JSON"),
        ("write(frame({})); time.sleep(9)", "the answer is to another request"),
        ("write(frame({**answer, 'id': 1})); time.sleep(9)", "to another request"),
        ("write(frame({**answer, 'id': True})); time.sleep(9)", "to another request"),
        ("write(frame(answer) * 2); time.sleep(9)", "it came without a request"),
        (
            "write(frame(answer, [['a', 'float64', [2**30]]])); time.sleep(9)",
            "more than 67108864 bytes of arrays",
        ),
        (
            "write(frame({**answer, 'failure': {'kind': 'pass'}})); time.sleep(9)",
            "a failure of no known kind",
        ),
        ("write(frame({**answer, 'output': 5})); time.sleep(9)", "the printed output is no text"),
        ("write(struct.pack('>I', 5) + b'[[[['); os._exit(0)", ""),
        ("os.close(3); time.sleep(9)", "the process closed its connection to the grader"),
    ],
)
def test_another_reply_than_an_honest_one_is_refused(run: Run, body: str, words: str) -> None:
    seen = run(HELP + body)
    assert seen.failure is not None
    assert seen.failure.kind == ("reply" if words else "died")
    assert words in seen.failure.message
    assert seen.arrays == {}
    assert seen.seconds < 3.0


@pytest.mark.sandbox
def test_a_second_reply_is_found_at_the_latest_at_the_next_request(server: Server) -> None:
    with server.sit() as sitting:
        seen = observe(sitting, HELP + "write(frame(answer)); return z")
        if seen.failure is None:  # the honest reply came after the grader had looked
            time.sleep(0.2)
            seen = sitting.observe("gru.half_life", CASE, 5.0)
        assert seen.failure == Failure("reply", "unusable reply: it came without a request")
        assert sitting.dead


@pytest.mark.sandbox
def test_a_process_that_forked_and_came_back_twice_answers_once(server: Server) -> None:
    with server.sit() as sitting:
        for _ in range(3):
            seen = observe(sitting, "import os; os.fork(); return z")
            assert seen.failure is None
            assert np.array_equal(seen.arrays["half_life"], Z)


@pytest.mark.sandbox
def test_a_flood_of_bytes_fills_no_memory(run: Run) -> None:
    tracemalloc.start()
    try:
        body = "write(struct.pack('>I', 2**20 - 1))\nwhile True: write(b'x' * 2**20)"
        seen = run(HELP + body, seconds=2.0)
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()
    assert seen.failure is not None
    assert seen.failure.kind == "reply"


@pytest.mark.sandbox
def test_a_drip_of_bytes_ends_at_the_time_limit(run: Run) -> None:
    body = "write(struct.pack('>I', 10000))\nwhile True: write(b' '); time.sleep(0.05)"
    seen = run(HELP + body, seconds=1.0)
    assert seen.failure == Failure("time", "stopped at the limit of 1 s")
    assert seen.seconds < 2.5


@pytest.mark.sandbox
def test_a_dead_sitting_says_why_and_the_server_goes_on(server: Server) -> None:
    with server.sit(Limits()) as sitting:
        died = observe(sitting, "import os; os._exit(3)")
        assert sitting.dead
        again = sitting.observe("gru.half_life", CASE, 5.0)
        assert again.failure == died.failure
        assert sitting.load([], [])["failure"] == died.failure
    with server.sit(Limits()) as sitting:
        assert observe(sitting, "return z").failure is None


wild = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["kind", "message", "where", "cell", "line", "text", "binds", "x"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=15,
)


@given(wild, wild, wild)
def test_any_answer_is_read_or_refused(failure: object, output: object, problems: object) -> None:
    answer = {"failure": failure, "output": output}
    for read in (replies.failure, replies.output):
        try:
            got = read(answer)
        except WireError:
            continue
        assert got is None or isinstance(got, Failure | str)
    for problem in replies.problems(problems):
        assert problem.keys() == {"cell", "line", "text", "message", "binds"}
        assert all(isinstance(problem[name], str) for name in ("cell", "text", "message"))


def test_long_texts_of_a_process_are_cut() -> None:
    told = {"kind": "exception", "message": "x" * 10**6, "where": "y" * 10**6}
    failure = replies.failure({"failure": told})
    assert failure is not None
    assert len(failure.message) == len(failure.where) == replies.MAX_TEXT


def test_what_a_supervisor_cannot_explain_is_our_fault() -> None:
    for message in ({}, {"event": "fault", "message": "OSError"}, {"kind": "strange"}):
        assert replies.ended(message, Limits()).kind == "fault"
