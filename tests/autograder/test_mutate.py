"""Mutants of the references: one slip each, the same every time, and the checks catch them."""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter

import pytest

from autograder import cli, loader, mutation, reference
from autograder.check import find, registry, units
from autograder.desk import names_of
from autograder.equivalents import equivalents
from autograder.mutate import Mutant, checks_of, mutants
from autograder.mutate_rules import RULES, Scope, changes, closest
from autograder.mutation import Mutation, Result, fate, mutate, sampled
from autograder.sandbox.parent import Server

SAMPLE = 15  # of all units together


def changed(source: str, scope: Scope | None = None) -> set[str]:
    """The texts that the rules put in place of an expression or statement, and not of its parts."""
    node: ast.AST = ast.parse(source).body[0]
    if isinstance(node, ast.Expr):
        node = node.value
    found = changes(node, scope or Scope())
    return {"" if new is None else ast.unparse(new) for _, new in found}


# --- the rules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("a + b", {"a - b", "a", "b"}),
        ("a - b", {"a + b", "b - a", "a", "b"}),
        ("a * b", {"a / b", "a", "b"}),
        ("a / b", {"a * b", "b / a", "a", "b"}),
        ("a @ W", {"a * W", "W @ a", "a.T @ W", "a @ W.T", "a", "W"}),
        ("a.T @ b", {"a.T * b", "b @ a.T", "a @ b", "a.T @ b.T", "a.T", "b"}),
        ("a ** 2", {"a * 2", "2 ** a", "a"}),
        ("-a", {"a"}),
        ("not a", {"a"}),
        ("a < b", {"a <= b"}),
        ("a == b", {"a != b"}),
        ("a in b", {"a not in b"}),
        ("a and b", {"a or b", "a", "b"}),
        ("3", {"4", "2"}),
        ("0.5", {"1.0"}),
        ("True", {"False"}),
        ("f(a, b)", {"f(b, a)"}),
        ("f(a, axis=0)", {"f(a)"}),
        ("np.tanh(a)", {"a", "np.arctan(a)"}),
        ("sigmoid(a)", {"a", "np.tanh(a)"}),
        ("ops.sigmoid(a)", {"a", "ops.tanh(a)"}),
        ("np.sum(a)", {"np.mean(a)"}),
        ("x.mean(0)", {"x.sum(0)"}),
        ("x.copy()", {"x"}),
        ("range(n)", {"range(1, n)", "range(n - 1)"}),
        ("reversed(a)", {"a"}),
        ("a.T", {"a"}),
        ("(a, b)", {"(b, a)"}),
        ("[a, b, c]", {"[b, a, c]", "[a, c, b]"}),
        ("{'x': a, 'y': b}", {"{'x': b, 'y': a}", "{'x': a}", "{'y': b}"}),
        ("a if c else b", {"b if c else a", "a", "b"}),
        ("h += g", {"h = g", "h -= g", ""}),
        ("h[0] = g", {""}),
        ("return_(a)", set()),
    ],
)
def test_a_rule_makes_the_slips_that_students_make(right: str, wrong: set[str]) -> None:
    assert changed(right) == wrong


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("x[:-1]", {"x[:]", "x[1:-1]"}),
        ("x[a:]", {"x[:]", "x[a + 1:]", "x[a - 1:]", "x[a:-1]"}),
        ("x[::-1]", {"x[:]"}),
        ("x[:]", set()),
    ],
)
def test_a_slice_is_cut_one_off(right: str, wrong: set[str]) -> None:
    subscript = ast.parse(right).body[0].value  # type: ignore[attr-defined]
    found = {f"x[{ast.unparse(new)}]" for _, new in changes(subscript.slice, Scope()) if new}
    assert found == wrong


def test_names_are_mistaken_for_the_most_similar_ones() -> None:
    scope = Scope(("x", "h_prev", "h_tilde"), ("reset_gate", "update_gate"), ("W_xr", "W_xz", "b"))
    assert changed("h_prev", scope) == {"h_tilde"}
    assert changed("reset_gate(x)", scope) == {"update_gate(x)"}
    assert changed("'W_xr'", scope) == {"'W_xz'"}
    assert changed("'b'", scope) == set()
    assert closest("h", ("h",)) == ""


def test_statements_stop_early_are_negated_and_returned_with_another_sign() -> None:
    assert changed("for t in r:\n    f(t)") == {"for t in r:\n    f(t)\n    break"}
    assert changed("if a:\n    f()") == {"if not a:\n    f()", ""}
    assert changed("if a < b:\n    f()") == {""}
    function = ast.parse("def f(a):\n    return a + 1").body[0]
    assert isinstance(function, ast.FunctionDef)
    found = [ast.unparse(new) for _, new in changes(function.body[0], Scope()) if new]
    assert found == ["return -(a + 1)"]


# --- the mutants --------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", units())
def test_a_unit_has_several_hundred_mutants_of_every_kind(unit: str) -> None:
    every = mutants(unit)
    assert len(every) >= 300
    assert len({mutant.id for mutant in every}) == len(every)
    assert len({mutant.slip for mutant in every}) >= 15
    assert set(Counter(m.definition for m in every)) >= _answers(unit)


def _answers(unit: str) -> set[str]:
    """Names that the checks ask for and a student has to write."""
    given = {cell["id"] for cell in reference.provided(unit)}
    asked = {name for check in registry(unit) for name in check.provides}
    needed = loader.needed(reference.cells(unit), asked)
    return {name for cell, _, binds in needed if cell not in given for name in binds & asked}


@pytest.mark.parametrize("unit", units())
def test_a_mutant_is_a_program_and_differs_in_one_definition_only(unit: str) -> None:
    right = {cell["id"]: cell["source"] for cell in reference.cells(unit)}
    for mutant in mutants(unit):
        wrong = {cell.id: cell.source for cell in mutant.submission().cells}
        assert [name for name in right if wrong[name] != right[name]] == [mutant.cell]
        before, after = (ast.parse(text).body for text in (right[mutant.cell], mutant.source))
        pairs = zip(before, after, strict=True)
        different = [one for one, other in pairs if ast.dump(one) != ast.dump(other)]
        assert len(different) == 1
        assert mutant.before and mutant.before != mutant.after


def test_the_same_solution_gives_the_same_mutants() -> None:
    first = [(mutant.id, str(mutant)) for mutant in mutants("gru")]
    mutants.cache_clear()
    assert [(mutant.id, str(mutant)) for mutant in mutants("gru")] == first


def test_only_the_answers_are_mutated_neither_given_code_nor_what_is_for_the_reader() -> None:
    every = mutants("gru")
    definitions = {mutant.definition for mutant in every}
    assert definitions.isdisjoint({"sigmoid", "random_params", "PARAMETERS", "trained_params"})
    cell = [mutant for mutant in every if mutant.definition == "GRUCell"]
    assert not any(
        "__init__" in mutant.before or "super().__init__" in mutant.after for mutant in cell
    )
    assert not any('"""' in mutant.before or "Equation" in mutant.before for mutant in every)


def test_the_checks_of_a_definition_are_those_that_it_can_change() -> None:
    found = [check.id for check in checks_of("gru", "candidate")]
    assert found[0] == "gru.candidate" and "gru.gates_over_time" in found
    assert "gru.keras_cell" not in found
    assert [check.id for check in checks_of("gru", "stuck_gates")] == [
        "gru.limit_copy",
        "gru.limit_plain_rnn",
        "gru.limit_forget",
    ]
    trained = [check.id for check in checks_of("gru", "GRUCell")]
    assert trained[-2:] == ["gru.learns", "gru.result"]
    assert names_of(find("gru.same_model")) >= {"GRUCell"}


def test_every_kind_of_statement_and_expression_has_a_rule() -> None:
    assert {slip for unit in units() for slip in Counter(m.slip for m in mutants(unit))}
    assert len(RULES) == len({rule for _, rule in RULES})


# --- their fates --------------------------------------------------------------------------------


def test_a_sample_is_spread_seeded_and_in_order() -> None:
    every = mutants("gru")
    first, again, other = (sampled(every, 30, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [every.index(m) for m in first] == sorted(every.index(m) for m in first)
    assert sampled(every, None, 0) == sampled(every, 10**6, 0) == list(every)


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_sample_of_all_units_mutants_is_caught_or_listed_as_equivalent() -> None:
    share = SAMPLE // len(units())
    chosen = [mutant for unit in units() for mutant in sampled(_quick(unit), share, seed=3)]
    with Server() as server:
        results = [fate(mutant, lambda: server.sit(mutation.LIMITS)) for mutant in chosen]
    missed = [r for r in results if r.outcome != "caught" and r.equivalent is None]
    assert [str(result.mutant) for result in missed] == []
    assert sum(result.outcome == "caught" for result in results) >= 0.8 * len(results)


def _quick(unit: str) -> list[Mutant]:
    """Mutants that no training has to tell apart."""
    return [m for m in mutants(unit) if not checks_of(unit, m.definition)[-1].trains]


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_mutant_that_hangs_is_cut_off_and_counts_as_caught() -> None:
    first = next(m for m in mutants("gru") if m.definition == "new_state")
    endless = "def new_state(z, h_prev, h_tilde):\n    while True:\n        pass\n"
    hanging = Mutant("gru", "new_state", first.cell, 1, "endless", "a", "b", endless)
    with Server() as server:
        result = fate(hanging, lambda: server.sit(mutation.LIMITS))
    assert (result.outcome, result.check, result.raised) == ("caught", "gru.new_state", True)
    assert "did not finish within 5 seconds" in result.message


@pytest.mark.parametrize("unit", units())
def test_each_listed_equivalent_is_one_mutant_and_has_a_reason(unit: str) -> None:
    known = Counter(mutant.change for mutant in mutants(unit))
    for listed in equivalents(unit):
        assert known[listed.change] == 1, listed
        assert listed.reason.endswith(".") and len(listed.reason) > 30
    assert len(equivalents(unit)) <= 0.15 * len(mutants(unit))


def test_a_unit_without_a_list_has_no_equivalents() -> None:
    assert equivalents("no_such_unit") == ()


# --- what is reported ---------------------------------------------------------------------------


def found(*outcomes: str) -> Mutation:
    """What the mutator found, with these outcomes; "listed": a survivor with a reason."""
    made = Mutation("gru", len(outcomes))
    listed = equivalents("gru")[0]
    for mutant, outcome in zip(mutants("gru"), outcomes, strict=False):
        survived = outcome in ("listed", "survived")
        made.results.append(
            Result(
                mutant,
                "survived" if survived else outcome,  # type: ignore[arg-type]
                equivalent=listed if outcome == "listed" else None,
            )
        )
    return made


def test_the_score_counts_what_changes_behaviour() -> None:
    assert found(*["caught"] * 99, "survived").score == 0.99
    assert found(*["caught"] * 99, "survived").holds
    assert not found(*["caught"] * 98, "survived").holds
    assert found("caught", "listed").score == 1.0
    assert not found(*["caught"] * 500, "error").holds
    stale = found("caught")
    stale.stale = list(equivalents("gru")[:1])
    assert not stale.holds


def test_the_command_prints_survivors_and_fails_where_too_many_are_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def fake(unit: str, isolation: str, **options: object) -> Mutation:
        asked.append((unit, options["sample"], options["seed"]))
        return found("caught", "listed", "survived")

    monkeypatch.setattr(mutation, "mutate", fake)
    monkeypatch.setenv("COURSE_DEBUG", "1")
    for words in (["--json"], []):
        command = ["course", "mutants", "gru", "--sample", "3", "--seed", "7", *words]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 1
    assert asked == [("gru", 3, 7)] * 2
    out = capsys.readouterr().out
    data, end_of_json = json.JSONDecoder().raw_decode(out)
    assert (data[0]["caught"], len(data[0]["missed"]), len(data[0]["equivalent"])) == (1, 1, 1)
    printed = out[end_of_json:]
    third = mutants("gru")[2]
    assert f"line {third.line} of {third.cell}: {third}" in printed
    assert equivalents("gru")[0].reason in printed and "50.00%" in printed


@pytest.mark.slow
@pytest.mark.sandbox
def test_a_run_reports_its_progress_and_knows_no_stale_entries_of_a_sample() -> None:
    steps = []
    run = mutate("gru", sample=3, seed=1, progress=lambda name, done, total: steps.append(done))
    assert steps == [1, 2, 3] and len(run.results) == 3 and run.made == len(mutants("gru"))
    assert run.stale == [] and run.seconds > 0
