"""The benchmarks run: tiny shapes, and no word on how long anything took."""

import ast
import importlib
import json
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module


def test_layers_times_every_contestant(benchmark, monkeypatch, capsys):
    layers = benchmark("layers")
    monkeypatch.setattr("sys.argv", ["layers.py", "--quick", "--json", "--cells", "gru"])
    layers.main()
    printed = capsys.readouterr()
    (row,) = json.loads(printed.out)["rows"]
    names = {"ours", *layers.KERAS, "floor"} | (
        set() if "SKIPPED: torch" in printed.err else {"torch"}
    )
    assert row["cell"] == "gru"
    for kind in ("forward", "step"):
        assert set(row[kind]) == names and min(row[kind].values()) > 0
    row["memory"] = row["first"] = dict.fromkeys(names, 2.0)
    table = "\n".join(layers.shown(row, [name for name in row["step"] if name != "floor"]))
    assert table.count(f"{1.0:18.2f}") == 2  # ours / keras, of what was just put in


def test_contestants_take_turns(benchmark):
    turns = []
    functions = {name: lambda name=name: turns.append(name) for name in "abc"}
    assert set(benchmark("layers").interleaved(functions, seconds=0, least=3)) == set("abc")
    assert "".join(turns) == "abcbcacab"


def test_the_floor_counts_every_product(benchmark):
    batch, time, features, units = size = (2, 3, 5, 7)
    product = lambda rows, inner, columns: 2 * rows * inner * columns  # noqa: E731, FLOP
    forward = back = 0
    for _ in range(time):
        for _ in "zrh":
            forward += product(batch, features, units) + product(batch, units, units)
            back += product(features, batch, units) + 2 * product(units, batch, units)
    found = benchmark("layers").floors("gru", size, rate=1e3)
    assert found == pytest.approx({"forward": forward, "step": forward + back})


def test_scaling_draws_what_was_measured(benchmark, monkeypatch, tmp_path, capsys):
    scaling = benchmark("scaling")
    monkeypatch.setattr(scaling, "AXES", {"time": (2, 4), "batch": (1, 3, 8)})
    monkeypatch.setattr(
        scaling.layers,
        "in_a_process",
        lambda name, cell, size: {"first": 1.0, "step": float(size[1]), "memory": float(size[0])},
    )
    out = tmp_path / "scaling.png"
    monkeypatch.setattr("sys.argv", ["scaling.py", "--axes", "time", "batch", "--out", str(out)])
    scaling.main()
    assert "lstm keras  batch     8" in capsys.readouterr().out
    assert json.loads(out.with_suffix(".json").read_text())["lstm|ours|time"][1][1]["step"] == 4
    assert matplotlib.image.imread(out).std() > 0.05
    again = tmp_path / "again.png"
    arguments = ["--replot", str(out.with_suffix(".json")), "--out", str(again)]
    monkeypatch.setattr("sys.argv", ["scaling.py", *arguments])
    scaling.main()
    assert again.read_bytes() == out.read_bytes()


def test_similarity_lists_copies_and_nobody_else(benchmark):
    found = benchmark("similarity").measured(size=24, copies=3, share=1.0, seeds=1)
    assert (found["copies"], found["listed"]) == (3, found["right"])
    assert found["right"] >= 2 and found["precision"] == 1.0


def test_the_best_threshold_is_where_precision_and_recall_are_best_together(benchmark):
    scored = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.1, False), (0.05, False)]
    found = benchmark("similarity").best(scored, wanted=3)
    assert (found["from"], found["precision"], found["recall"]) == (0.6, 0.75, 1.0)


def test_recording_writes_a_class_and_finds_it_unchanged(benchmark):
    recording = benchmark("recording")
    found = recording.measured(3)
    assert found["submissions"] == 3
    assert found["first"]["recording"] > 0 == found["again"]["recording"]
    assert set(found["first"]) == {"seconds", "recording", "feedback", "class_report"}


def test_submissions_for_grading_are_all_different_and_of_every_kind(benchmark):
    grading = benchmark("grading")
    left_out = grading.training_checks()
    made = dict(grading.submissions(32, left_out))
    sources = [tuple(cell["source"] for cell in book["cells"]) for book in made.values()]
    assert len(set(sources)) == len(made) == 32
    for gone in left_out:
        assert not any(f"gru.{gone}" in line for cells in sources for line in cells)
    assert all(any("gru.same_model" in line for line in cells) for cells in sources)
    slow = sum(any("time.sleep(2)" in line for line in cells) for cells in sources)
    assert slow == 4


def test_the_table_says_how_much_faster(benchmark):
    row = {"per_minute": 80.0, "seconds": 9.0, "cpu_seconds": 9.0, "memory_mb": 9.0, "graded": 12}
    alone = {"latency": 0.8, "private_mb": 40.0, "most_mb": 60.0}
    found = {"course": {**row, **alone}, "nbgrader": {**row, "per_minute": 8.0}}
    lines = benchmark("grading").table(found)
    assert lines[2].endswith("| 12 | 1.0 |") and lines[3].endswith("| 12 | 10.0 |")
    assert "0.80 s, 40 MB of its own" in lines[-1]


def test_growth_draws_what_was_measured(benchmark, monkeypatch, tmp_path, capsys):
    growth = benchmark("growth")
    first = {"seconds": 2.0, "memory_mb": 900.0, "recording": 0.1, "gradebook": 0.06}
    first |= {"pages": 0.1, "report": 0.1}
    one = {"first": first, "again": {**first, "seconds": 1.0}}
    monkeypatch.setattr(growth, "points", lambda size, left_out: one)
    out = tmp_path / "growth.png"
    monkeypatch.setattr("sys.argv", ["growth.py", "--sizes", "2", "20", "--out", str(out)])
    growth.main()
    assert "recording  5.0 % (gradebook 3.0 %)" in capsys.readouterr().out
    assert json.loads(out.with_suffix(".json").read_text())["20"]["again"]["seconds"] == 1.0
    assert matplotlib.image.imread(out).std() > 0.05


LOOPS = """
def f(n, xs):
    total = 0
    for i in range(n):
        total += i
        for j in range(1, 3):
            if j > 1:
                total -= 1
            else:
                total *= 2
    ys = [x * 2 for x in xs if x > 0]
    return sum(ys) + total
"""


def test_other_control_flow_computes_the_same(benchmark):
    changed = ast.unparse(benchmark("control_flow").rewritten(ast.parse(LOOPS)))
    assert "range" not in changed and "if not j > 1" in changed and "ys.append(x * 2)" in changed
    one, two = {}, {}
    exec(LOOPS, one)
    exec(changed, two)
    assert one["f"](5, [1, -2, 3]) == two["f"](5, [1, -2, 3])


@pytest.mark.nightly
def test_what_copiers_change_is_told_apart(benchmark, capsys):
    names = ("nothing changed", "control flow and all of these")
    benchmark("similarity").by_disguise(names, size=10, copies=2, share=1.0, seeds=1)
    plain, rewritten = capsys.readouterr().out.splitlines()
    assert plain.endswith("right    2 of 2")
    assert rewritten.startswith("control flow and") and rewritten.endswith("of 2")


def test_a_day_with_cores_enough_makes_nobody_wait_and_with_too_few_everybody(benchmark):
    day = benchmark("day")
    rng = np.random.default_rng(1)
    come = day.arrivals(rng, 2000, rush=0.5, hours=1.0)
    assert ((come >= 0) & (come <= day.DAY)).all() and (np.diff(come) >= 0).all()
    assert 0.45 < (come > day.DAY - 3600).mean() < 0.55
    seconds = np.full(len(come), 10.0)
    idle = day.simulate(come, seconds, 64, record=0.5)
    assert idle["median"] == pytest.approx(10.5, abs=0.5) and idle["longest"] < 30
    # 1,000 submissions of 10 s in the last hour need three cores; one is behind by hours.
    assert day.simulate(come, seconds, 1, record=0.5)["longest"] > 1.5 * 3600
    slow = day.simulate(come, seconds, 64, record=20.0)
    assert slow["recorder_busy"] == pytest.approx(20.0 * len(come) / (day.DAY + slow["last"]))
    assert slow["recorder_wait"] > 3600


def test_one_server_after_another_as_by_hand(benchmark):
    found = benchmark("day").simulate(np.array([0.0, 1.0]), np.array([4.0, 4.0]), 1, record=1.0)
    assert (found["median"], found["longest"]) == ((5.0 + 8.0) / 2, 8.0)


def test_otters_tests_stand_for_the_checks(benchmark, tmp_path, monkeypatch):
    peer, grading = benchmark("otter_peer"), benchmark("grading")
    called = []
    monkeypatch.setattr(peer.subprocess, "run", lambda words, **more: called.append(words))
    left_out = grading.training_checks()
    handed_in = list(grading.submissions(2, left_out))
    command = peer.prepared("/x/otter", tmp_path / "o", "gru", handed_in, left_out)
    assert called[0][:2] == ("/x/otter", "generate") and "/x/otter run" in command[-1]
    tests = {path.stem for path in (tmp_path / "o" / "tests").iterdir()}
    assert "gru_candidate" in tests and "gru_learns" not in tests and len(tests) == 18
    names = {}
    exec((tmp_path / "o" / "tests" / "gru_candidate.py").read_text(), names)
    (suite,) = names["test"]["suites"]
    assert suite["cases"][0]["code"] == ">>> _ = check('gru.candidate')"
    book = json.loads((tmp_path / "o" / "s00000.ipynb").read_text())
    assert not any("check(" in "".join(cell["source"])[:6] for cell in book["cells"])
