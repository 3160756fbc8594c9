"""Only what the answers need is run; everything else in a notebook stays asleep."""

from __future__ import annotations

import gc
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import loader

Loaded = tuple[dict[str, Any], list[dict[str, Any]]]


def run(*sources: str, names: str = "answer") -> Loaded:
    """The namespace and the problems after loading what `names` need of these cells."""
    space: dict[str, Any] = {"__name__": "student"}
    return space, loader.load(cells(*sources), names.split(), space)


def cells(*sources: str) -> list[dict[str, str]]:
    """Cells named a, b, c ..."""
    return [
        {"id": chr(97 + i), "source": textwrap.dedent(source)} for i, source in enumerate(sources)
    ]


def value(*sources: str) -> Any:
    """What answer() returns; nothing may go wrong while loading."""
    space, problems = run(*sources)
    assert problems == []
    return space["answer"]()


# --- what is run, and what is not --------------------------------------------------------------


def test_statements_that_the_names_do_not_need_are_not_run() -> None:
    space, problems = run("def answer(): return 1", "raise SystemExit", "other = 1 / 0", "print(1)")
    assert problems == []
    assert set(space) - {"__builtins__", "__name__"} == {"answer"}


@pytest.mark.parametrize(
    "cell",
    [
        "while True: pass",
        "for i in iter(int, 1): j = i",
        "while True:\n    time.sleep(1)",
        "history = train(model, windows, 1000000)",
        "if check.done('gru.learns'):\n    model = language_model(1, 2, 3)\n    model.fit(x)",
        "input('your name? ')",
        "with open('/nowhere') as file: text = file.read()",
    ],
)
def test_endless_loops_and_training_cells_are_not_run(cell: str) -> None:
    assert value("import time", cell, "def answer(): return 7", cell) == 7


def test_what_an_answer_needs_is_found_through_helpers_and_constants() -> None:
    assert (
        value(
            "import math as m\nTWO = 2",
            "def helper(x, scale=TWO):\n    def inner():\n        return m.sqrt(x)\n"
            "    return inner() * scale",
            "def answer(): return helper(9)",
        )
        == 6
    )


def test_a_helper_defined_after_the_answer_is_found() -> None:
    assert value("def answer(): return later()", "def later(): return 3") == 3


def test_the_last_definition_wins() -> None:
    assert value("def answer(): return 1", "x = 5", "def answer(): return 2") == 2
    assert value("x = 1", "def answer(): return x", "x = 2") == 2


def test_a_recursive_definition_that_keeps_the_old_one_works() -> None:
    assert value("def answer(): return 1", "old = answer", "def answer(): return old() + 1") == 2


@pytest.mark.parametrize(
    "source",
    [
        "@deco\ndef answer(): return 1",
        "def answer(x=default): return x + 1",
        "def answer() -> kind: return 2",
        "class C(Base):\n    pass\ndef answer(): return C().two()",
        "class C:\n    n = default + 1\n    def two(self): return self.n\n"
        "def answer(): return C().two()",
        "class C(metaclass=Meta):\n    pass\ndef answer(): return C.two",
        "answer = lambda: default + 1",
        "def answer(): return sum(default for _ in range(2))",
        "def answer(): return [y for y in (lambda: [default + 1])()][0]",
        "def answer():\n    class C:\n        n = default\n    return C.n + 1",
        "def answer():\n    global kept\n    kept = default + 1\n    return kept",
        "def answer(): return f'{default + 1}' and 2",
        "def answer():\n    match default:\n        case 1: return default + 1",
        "answer, unused = (lambda: 2), default",
        "(answer := lambda: 2)",
        "if default: answer = lambda: 2",
        "try:\n    import nothing_like_this\nexcept ImportError:\n    answer = lambda: default + 1",
        "for answer in [lambda: 2]: pass",
        "with manager() as answer: pass",
        "answer: object = lambda: default + 1",
        "answer = None\nanswer = answer or (lambda: 2)",
        "def answer(): return 1\nanswer.__doc__ = 'x'\nanswer = deco(answer)",
        "import functools\nanswer = functools.partial(lambda x: x + 1, default)",
        "async def wait(): return default + 1\ndef answer():\n    try: wait().send(None)\n"
        "    except StopIteration as stop: return stop.value",
    ],
)
def test_every_way_to_define_an_answer_is_followed(source: str) -> None:
    given = """
        import contextlib
        default = 1
        kind = int
        def deco(f): return lambda: f() + 1
        class Base:
            def two(self): return 2
        class Meta(type):
            @property
            def two(cls): return 2
        @contextlib.contextmanager
        def manager(): yield lambda: 2
    """
    assert value(given, source) == 2


def test_names_bound_inside_comprehensions_and_functions_are_no_globals() -> None:
    assert value("x = 1 / 0", "def answer(): return [x for x in (4,)][0]") == 4
    assert value("x = 1 / 0", "def answer(x=4):\n    y = x\n    return y") == 4
    assert value("def answer(): return (lambda x: x)(4)", "x = 1 / 0") == 4


@pytest.mark.parametrize(
    "change",
    ["params['b'] = 2", "params.update(b=2)", "params |= {'b': 2}", "for k in 'b': params[k] = 2",
     "del params['b']; params['b'] = 2", "params.setdefault('c', 0); params['b'] = 2",
     "if True:\n    params['b'] = 2"],
)  # fmt: skip
def test_a_change_of_something_needed_is_run(change: str) -> None:
    assert value("params = {'b': 1}", change, "def answer(): return params['b']") == 2


def test_methods_attached_later_and_appended_items_are_run() -> None:
    source = (
        "class C: pass",
        "def two(self): return 2",
        "C.two = two",
        "def answer(): return C().two()",
    )
    assert value(*source) == 2
    assert value("found = []", "found.append(2)", "def answer(): return found[0]") == 2


def test_settings_of_a_needed_module_are_run_and_those_of_others_are_not() -> None:
    set_seed = "random.seed(3)", "def answer(): return random.random()"
    assert value("import random", *set_seed) == value("import random", *set_seed)
    assert value("other.seed(3)", "def answer(): return 1") == 1
    assert value("class c:\n    n = [0]\nc.n.append(2)", "def answer(): return c.n[-1]") == 2
    assert value("d = {'n': [0]}", "d['n'].insert(0, 2)", "def answer(): return d['n'][0]") == 2


def test_a_star_import_may_bring_what_is_needed() -> None:
    assert value("from math import *", "def answer(): return sqrt(4)") == 2


def test_imports_of_packages_bind_their_first_name() -> None:
    assert value("import os.path", "def answer(): return os.path.join('a', 'b')") == "a/b"
    assert value("import os.path as p", "def answer(): return p.join('a', 'b')") == "a/b"
    assert value("from os import path as p, sep", "def answer(): return p.join('a', sep)") == "/"


@pytest.mark.parametrize(
    "definition",
    ["def sum(x): return 5", "from math import prod as sum", "sum = max", "sum = lambda x: 5"],
)
def test_a_builtin_can_be_given_another_meaning(definition: str) -> None:
    assert value(definition, "def answer(): return sum([5])") == 5


def test_a_number_stored_under_a_builtins_name_elsewhere_does_no_harm() -> None:
    answer = "def answer(): return sum([2, 3])"
    assert value(answer, "sum = 0\nfor loss in losses:\n    sum += loss") == 5


# --- what is not plain Python ------------------------------------------------------------------


def test_magics_and_shell_lines_are_left_out_and_line_numbers_stay() -> None:
    source = "%matplotlib inline\n!pip install x\n?print\n\ndef answer():\n    return 1 / 0"
    space, problems = run(source)
    assert problems == []
    with pytest.raises(ZeroDivisionError) as raised:
        space["answer"]()
    assert raised.traceback[-1].lineno == 5
    assert value("  %load_ext x\ndef answer(): return 1") == 1


@pytest.mark.parametrize("line", ["%time x", "!ls", "?x", "x?", "x??", "y = !ls", "y = %time x"])
def test_every_kind_of_magic_line_is_left_out_in_blocks_too(line: str) -> None:
    assert value(f"x = 1\n{line}\ndef answer():\n    {line}\n    return x") == 1
    assert value(f"{line}\n{line}", f"if True:\n    {line}\ndef answer(): return 1") == 1


@pytest.mark.parametrize(
    "magic", ["%%time", "%%capture", "%%capture out", "%%prun -l 3", "  %%time"]
)
def test_cell_magics_that_run_the_cell_in_the_notebook_keep_its_definitions(magic: str) -> None:
    assert value(f"{magic}\n%matplotlib inline\ndef answer(): return 1") == 1


@pytest.mark.parametrize(
    "magic", ["%%bash", "%%writefile a.py", "%%html", "%%timeit", "%%script x"]
)
def test_other_cell_magics_take_their_cell_with_them(magic: str) -> None:
    space, problems = run(f"{magic}\ndef answer(): return 1")
    assert "answer" not in space and problems == []


@pytest.mark.parametrize(
    "source",
    [
        "def answer():\n    x = 10\n    y = (x\n        % 7)\n    return y",
        "def answer():\n    return '''\n%s\n''' % 3 and 3",
    ],
)
def test_lines_inside_a_statement_that_look_like_magics_are_python(source: str) -> None:
    assert value(source) == 3


# --- what goes wrong ---------------------------------------------------------------------------


def test_a_syntax_error_loses_its_cell_only() -> None:
    space, problems = run("def broken(:\n    pass", "def answer(): return 1", names="answer broken")
    assert space["answer"]() == 1
    (problem,) = problems
    assert problem["cell"] == "a" and problem["line"] == 1
    assert problem["text"] == "def broken(:"
    assert problem["message"].startswith("SyntaxError")
    assert problem["binds"] == ["broken"]


def test_an_exception_loses_its_statement_only() -> None:
    space, problems = run("good = 1\nbad = 1 / 0\ndef answer(): return good, bad")
    assert space["good"] == 1 and callable(space["answer"])
    (problem,) = problems
    assert problem == {
        "cell": "a",
        "line": 2,
        "text": "bad = 1 / 0",
        "message": "ZeroDivisionError: division by zero",
        "binds": ["bad"],
    }


def test_the_line_of_a_problem_is_the_students_innermost_one() -> None:
    _, problems = run("def helper():\n    return 1 / 0\n", "x = 1\n\nanswer = helper()")
    assert problems[0]["cell"] == "b" and problems[0]["line"] == 3


@pytest.mark.parametrize("stop", ["raise SystemExit(3)", "raise KeyboardInterrupt", "exit()"])
def test_a_statement_that_wants_to_stop_python_is_a_problem_like_others(stop: str) -> None:
    space, problems = run(f"if True:\n    answer = 1\n    {stop}", "import sys", names="answer")
    assert len(problems) == 1 and problems[0]["binds"] == ["answer"]


def test_an_exception_whose_text_raises_is_told_by_its_name() -> None:
    nasty = "class E(Exception):\n    def __str__(self): raise ValueError\n"
    _, problems = run(nasty + "if E:\n    answer = 1\n    raise E")
    assert [problem["message"] for problem in problems] == ["E"]


@pytest.mark.parametrize(
    "source",
    ["(" * 5000, "x = " + "-" * 100_000 + "1", "\0", "def f(:", "'''", "\\", "\ufeff", "é = 1\nñ",
     "return 1", "await x", "yield", "break", "x = 1\n  y = 2", "nonlocal x",
     "from __future__ import no", "def f():\n\treturn 1\n        return 2", "*a, *b = 1",
     "def answer(x, x): pass", "# coding: nothing", "f(**a, *b)",
     "class C:\n    return 1", "'\\N{no such}'", "print 'x'", "1 = x",
     "%x\n" * 500, "\x0c", "\r\rx", "%", "!", "?", "%%", "x = %"],
)  # fmt: skip
def test_no_text_stops_the_loader(source: str) -> None:
    space, problems = run(source, "def answer(): return 1", source)
    assert space["answer"]() == 1
    assert all(isinstance(problem["message"], str) for problem in problems)


words = st.sampled_from(
    ["def", "class", "answer", "(", ")", ":", "\n", "    ", "=", "1", "x", "return", "%", "!", "@",
     "import", "from", "*", "if", "else", "for", "in", "[", "]", "{", "}", "lambda", "'", '"', "#",
     "\\", "\t", ",", ".", "global", "async", "await", "yield", "del", "with", "as", "try",
     "\0", "é", "?"]
)  # fmt: skip


@given(st.lists(st.lists(words, max_size=25).map(" ".join), max_size=4))
@settings(max_examples=300, deadline=None)
def test_slicing_never_raises_on_words_of_python(sources: list[str]) -> None:
    loader.sources(cells(*sources), ["answer", "x"])


@given(st.lists(st.text(max_size=80), max_size=3))
@settings(max_examples=300, deadline=None)
def test_loading_never_raises_on_any_text(sources: list[str]) -> None:
    _, problems = run(*sources, "def answer(): return 1")
    assert all(set(p) == {"cell", "line", "text", "message", "binds"} for p in problems)


# --- source text -------------------------------------------------------------------------------


def test_sources_is_the_slice_that_runs_by_itself() -> None:
    notebook = cells(
        "import math\nwaste = 1 / 0", "@staticmethod\ndef helper(x):\n    return math.sqrt(x)",
        "print('hello')", "def answer():\n    return helper(4)",
    )  # fmt: skip
    text = loader.sources(notebook, ["answer"])
    space: dict[str, Any] = {}
    exec(text, space)
    assert space["answer"]() == 2
    assert "waste" not in text and "print" not in text and "@staticmethod" in text


def test_definition_is_the_last_statement_that_binds_a_name() -> None:
    notebook = cells("def answer(): return 1", "@deco\ndef answer():\n    return 2", "x = 1")
    assert loader.definition(notebook, "answer") == "@deco\ndef answer():\n    return 2"
    with pytest.raises(KeyError, match="no statement binds 'nothing'"):
        loader.definition(notebook, "nothing")


class Finalised:
    """Garbage whose end lets another thread run, in the middle of what that thread is doing."""

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        time.sleep(1e-4)


def test_many_threads_may_parse_at_once() -> None:
    source = "y = [" + "[1, 2], " * 200 + "]\n"

    def work(number: int) -> int:
        for _ in range(30):
            Finalised()
            loader.parse(source)
        return number

    threshold = gc.get_threshold()
    gc.set_threshold(50)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(work, range(4))) == [0, 1, 2, 3]
    finally:
        gc.set_threshold(*threshold)
