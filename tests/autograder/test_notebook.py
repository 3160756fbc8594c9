"""Front 1 outside a notebook server: the same object, with the caller's module as the notebook."""

import os
import sys
import textwrap

import pytest

from autograder import reference
from autograder.check import registry
from autograder.notebook import Checker, CheckFailed, InThisKernel
from autograder.verdict import Report

NOT_TRAINED = [c.id for c in registry("gru") if not c.trains]


@pytest.fixture
def solved():
    """A namespace with the reference's definitions, as after running the solution notebook."""
    return reference.namespace("gru", [n for c in registry("gru") for n in c.provides])


@pytest.fixture
def checker(solved, monkeypatch):
    made = Checker()
    monkeypatch.setattr("autograder.notebook._namespace", lambda: solved)
    monkeypatch.setenv("COURSE_LANGUAGE", "en")
    return made


def test_a_pass_shows_a_tick_and_is_remembered(checker, capsys):
    assert not checker.done("gru.reset_gate")
    assert "waits for gru.reset_gate" in capsys.readouterr().out
    checker("gru.reset_gate")
    assert "✓ gru.reset_gate" in capsys.readouterr().out
    assert checker.done("gru.reset_gate")


def test_a_failure_raises_names_the_mistake_and_has_no_traceback(checker, solved, capsys):
    solved["new_state"] = lambda z, h_prev, h_tilde: (1 - z) * h_prev + z * h_tilde
    with pytest.raises(CheckFailed) as raised:
        checker("gru.new_state")
    assert raised.value._render_traceback_() == [str(raised.value)]
    shown = capsys.readouterr().out
    assert "z and 1 − z swapped" in shown
    assert "h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ h̃_t" in shown
    assert not checker.done("gru.new_state")


def test_an_earlier_slip_costs_its_own_check_only_and_the_own_definition_comes_back(
    checker, solved
):
    def wrong(x, h_prev, W_xr, W_hr, b_r):
        return x @ W_xr

    original = solved["gru_step"].__globals__
    original["reset_gate"] = solved["reset_gate"] = wrong
    with pytest.raises(CheckFailed):
        checker("gru.reset_gate")
    checker("gru.one_step")
    assert solved["reset_gate"] is wrong


def test_a_stub_says_not_done_yet(checker, solved, capsys):
    def half_life(z):
        raise NotImplementedError("not done yet")

    solved["half_life"] = half_life
    with pytest.raises(CheckFailed):
        checker("gru.half_life")
    shown = capsys.readouterr().out
    assert shown.startswith("○ gru.half_life") and "Not done yet: half_life." in shown


def test_messages_follow_the_notebooks_language(checker, solved, monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("COURSE_LANGUAGE")
    (tmp_path / "gru.ipynb").write_text('{"metadata": {"course": {"language": "zh"}}}')
    monkeypatch.chdir(tmp_path)
    checker("gru.reset_gate")
    assert "重置门符合公式 (1)。" in capsys.readouterr().out


def test_an_unknown_check_names_those_there_are_without_a_traceback(checker):
    for ask in (checker, checker.done):
        with pytest.raises(ValueError, match="no check 'gru.resetgate'.*gru.reset_gate") as raised:
            ask("gru.resetgate")
        lines = raised.value._render_traceback_()
        assert " ".join(lines) == str(raised.value) and max(map(len, lines)) <= 80
    with pytest.raises(ValueError, match="no unit 'gruu'; expected one of markov"):
        checker("gruu.reset_gate")


def test_all_reports_every_check_and_raises_nothing(checker, solved, capsys):
    del solved["half_life"]
    report = checker._report(NOT_TRAINED, solved)
    assert isinstance(report, Report)
    assert report.max_points - report.points == 5.0


def test_a_sitting_in_the_kernel_removes_what_was_not_there_before():
    space = {}
    sitting = InThisKernel(space)
    sitting.define("def f():\n    return 1\n", ["f"])
    assert space["f"]() == 1
    sitting.close()
    assert space == {}


def test_all_runs_the_unit_that_the_notebook_is_about(monkeypatch, capsys):
    names = [n for c in registry("markov") for n in c.provides]
    space = reference.namespace("markov", names)
    monkeypatch.setattr("autograder.notebook._namespace", lambda: space)
    monkeypatch.setenv("COURSE_LANGUAGE", "en")
    Checker().all()
    title = "Markov and n-gram models: 94 of 94 points, 20 of 20 checks pass"
    assert capsys.readouterr().out.startswith(title)


def test_a_check_writes_nothing_to_stderr_which_validate_would_take_for_a_failure(
    checker, solved, capfd
):
    right = solved["half_life"]

    def half_life(z):
        os.write(2, b"from C++\n")
        print("from Python", file=sys.stderr)
        return right(z)

    solved["half_life"] = half_life
    checker("gru.half_life")
    os.write(2, b"later")
    out, err = capfd.readouterr()
    assert err == "later" and "from Python" in out and "from C++" not in out


def test_validate_shows_all_that_the_card_says_in_lines_that_it_does_not_cut(
    checker, solved, monkeypatch
):
    class Shell:
        kernel = None
        user_ns = solved

    solved["new_state"] = lambda z, h_prev, h_tilde: (1 - z) * h_prev + z * h_tilde
    with pytest.raises(CheckFailed) as raised:
        checker("gru.new_state")
    monkeypatch.setattr("autograder.notebook._shell", Shell)
    lines = raised.value._render_traceback_()
    assert max(map(len, lines)) <= 80
    assert "z and 1 − z swapped" in textwrap.dedent(" ".join(map(str.strip, lines)))
    monkeypatch.setenv("JPY_SESSION_NAME", "gru.ipynb")  # somebody looks at the card
    assert raised.value._render_traceback_() == ["gru.new_state: Not right yet (0 / 5)"]


def test_progress_lists_what_is_left_and_runs_nothing(checker, solved, capsys):
    checker("gru.reset_gate")
    del solved["half_life"]
    with pytest.raises(CheckFailed):
        checker("gru.half_life")
    capsys.readouterr()
    for name in ("update_gate", "reset_gate"):
        original = solved[name]
        solved[name] = lambda *_, original=original: original(*_)
    checker.progress("gru")
    shown = capsys.readouterr().out
    assert "Gated recurrent unit: 0 of 94 points" in shown  # what stood there then is gone
    assert "○ gru.half_life" in shown and "Not done yet" in shown
    assert shown.count("Not checked") == len(registry("gru")) - 1


def test_progress_counts_what_has_passed(checker, capsys):
    checker("gru.reset_gate")
    capsys.readouterr()
    checker.progress()
    shown = capsys.readouterr().out
    assert "5 of 94 points, 1 of 20 checks pass" in shown
    assert "██░" in shown and "gru.reset_gate" not in shown
