"""Observations of the bptt unit: one function a check, (student, case) -> named arrays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from . import entries, pair, present

PRELOAD = ("sympy",)
WEIGHTS = ("W_xh", "W_hh", "W_ho", "b_h", "b_o")
GRADIENTS = (*WEIGHTS, "xs", "h_0")
NEARLY_ALWAYS, NEARLY_NEVER = 1 - 1e-12, 1e-9
"""Probabilities of a step back at which no draw ever differs from what is certain."""
NOT_FINITE = (("infinite", np.inf), ("nan", np.nan))


def weights(case: Any, *names: str) -> dict[str, np.ndarray]:
    """Weights of the case as the dict that the student's functions take."""
    return {name: case.values[name].copy() for name in names or WEIGHTS}


def linear_W_ho(student: Any, case: Any) -> dict[str, Any]:
    return present(W_ho=student.linear_W_ho_gradient(case.hs, case.d_os))


def linear_W_hh(student: Any, case: Any) -> dict[str, Any]:
    params = weights(case, "W_xh", "W_hh", "W_ho")
    return present(W_hh=student.linear_W_hh_gradient(case.hs, case.h_0, params, case.d_os))


def linear_W_xh(student: Any, case: Any) -> dict[str, Any]:
    params = weights(case, "W_xh", "W_hh", "W_ho")
    return present(W_xh=student.linear_W_xh_gradient(case.xs, params, case.d_os))


def output_gradient(student: Any, case: Any) -> dict[str, Any]:
    return present(d_os=student.output_gradient(case.os, case.ys))


def own_part(student: Any, case: Any) -> dict[str, Any]:
    return present(gs=student.own_part(case.d_os, case.W_ho))


def through_tanh(student: Any, case: Any) -> dict[str, Any]:
    return present(epsilon=student.through_tanh(case.delta, case.h))


def one_step_back(student: Any, case: Any) -> dict[str, Any]:
    return present(back=student.one_step_back(case.epsilon, case.W_hh))


def deltas(student: Any, case: Any) -> dict[str, Any]:
    found, first = pair(student.deltas(case.hs, case.d_os, weights(case)))
    return present(deltas=found, delta_0=first)


def weight_gradients(student: Any, case: Any) -> dict[str, Any]:
    found = student.weight_gradients(case.xs, case.h_0, case.hs, case.d_os, case.epsilons)
    return entries(found, WEIGHTS)


def rnn_gradients(student: Any, case: Any) -> dict[str, Any]:
    found = student.rnn_gradients(case.xs, case.h_0, weights(case), case.d_os)
    return entries(found, GRADIENTS)


def jacobian(student: Any, case: Any) -> dict[str, Any]:
    return present(J=student.jacobian(case.h, case.W_hh))


def jacobian_norms(student: Any, case: Any) -> dict[str, Any]:
    return present(norms=student.jacobian_norms(case.hs, case.W_hh))


def spectral_radius(student: Any, case: Any) -> dict[str, Any]:
    return present(rho=student.spectral_radius(case.W))


def with_spectral_radius(student: Any, case: Any) -> dict[str, Any]:
    return present(W=student.with_spectral_radius(case.W, float(case.rho)))


def truncated(student: Any, case: Any) -> dict[str, Any]:
    """All gradients for τ = 0, 1, ... up to more than there are steps."""
    seen: dict[str, Any] = {}
    for tau in range(case.xs.shape[1] + 2):
        given = (case.xs.copy(), case.h_0.copy(), weights(case), case.d_os.copy())
        found = entries(student.truncated_gradients(*given, tau), GRADIENTS)
        seen |= {f"tau_{tau}.{name}": value for name, value in found.items()}
    return seen


def randomised(student: Any, case: Any) -> dict[str, Any]:
    """Many draws: the inputs' gradients of each, and the mean of the others; and two extremes."""
    rng = np.random.default_rng(int(case.seed))

    def drawn(keep: float) -> dict[str, np.ndarray]:
        given = (case.xs.copy(), case.h_0.copy(), weights(case), case.d_os.copy())
        found = entries(student.randomised_gradients(*given, keep, rng), GRADIENTS)
        return {name: np.asarray(value) for name, value in found.items()}

    seen = {f"kept.{name}": value for name, value in drawn(NEARLY_ALWAYS).items()}
    seen |= {f"cut.{name}": value for name, value in drawn(NEARLY_NEVER).items()}
    runs = [drawn(float(case.keep)) for _ in range(int(case.draws))]
    for name in GRADIENTS:
        values = [run[name] for run in runs if name in run]
        if len(values) == len(runs):
            seen[f"mean.{name}"] = np.asarray(np.mean(values, axis=0, dtype=np.float64))
            if name == "xs":
                seen["drawn.xs"] = np.array(values, dtype=np.float64)
    return seen


def global_norm(student: Any, case: Any) -> dict[str, Any]:
    return present(norm=student.global_norm(_gradients(case, 1.0)))


def clipping(student: Any, case: Any) -> dict[str, Any]:
    """A long gradient, a short one, one of zeros, two that are not finite; and what was given."""
    seen: dict[str, Any] = {}
    unchanged = True
    for kind, scale in (("long", case.long), ("short", case.short), ("zero", 0.0), *NOT_FINITE):
        given = _gradients(case, float(scale) if np.isfinite(scale) else 1.0)
        if not np.isfinite(scale):
            given[case.names[0]].flat[0] = scale
        before = {name: value.copy() for name, value in given.items()}
        with np.errstate(all="ignore"):
            found = student.clip_by_global_norm(given, float(case.theta))
        seen |= {f"{kind}.{n}": v for n, v in entries(found, tuple(case.names)).items()}
        same = [
            n in given and np.array_equal(given[n], v, equal_nan=True) for n, v in before.items()
        ]
        unchanged = unchanged and all(same) and len(given) == len(before)
    return {**seen, "input_unchanged": np.array(unchanged)}


def _gradients(case: Any, scale: float) -> dict[str, np.ndarray]:
    return {name: scale * case.values[name] for name in case.names}


def path_sum(student: Any, case: Any) -> dict[str, Any]:
    """The student's expressions, evaluated at the case's points."""
    seen: dict[str, Any] = {}
    for tau in (0, 1, 2):
        seen |= _evaluated(f"tau_{tau}", student.dL_dw(_symbols(), tau), case)
    return seen


def _symbols() -> SimpleNamespace:
    """What the notebook calls `s`."""
    import sympy as sp

    return SimpleNamespace(
        **dict(zip("wuv", sp.symbols("w u v"), strict=True)),
        h=sp.symbols("h_0:4"),
        x=(None, *sp.symbols("x_1:4")),
        y=(None, *sp.symbols("y_1:4")),
    )


def _evaluated(name: str, found: Any, case: Any) -> dict[str, Any]:
    """Values of an expression, or text (as bytes) that says what it is or holds instead."""
    import sympy as sp

    if found is None:
        return {}
    if isinstance(found, int | float | np.number):
        found = sp.sympify(float(found))
    if not isinstance(found, sp.Expr):
        return {f"{name}.kind": _bytes(type(found).__name__)}
    found = found.doit()
    names = {symbol: _plain(symbol.name) for symbol in found.free_symbols}
    strange = {str(part) for part in found.atoms(sp.core.function.AppliedUndef)}
    strange |= {str(symbol) for symbol, plain in names.items() if plain not in case.names}
    if strange:
        return {f"{name}.unknown": _bytes(", ".join(sorted(strange)))}
    found = found.xreplace({symbol: sp.Symbol(plain) for symbol, plain in names.items()})
    arguments = [sp.Symbol(plain) for plain in case.names]
    columns = [case.values[plain] for plain in case.names]
    return {name: _numbers(arguments, found, columns)}


def _numbers(arguments: list[Any], expression: Any, columns: list[np.ndarray]) -> np.ndarray:
    """The expression at each point: with NumPy, or where it lacks a function with mpmath."""
    import sympy as sp

    try:
        with np.errstate(all="ignore"):
            values = sp.lambdify(arguments, expression, "numpy")(*columns)
        values = np.asarray(values, dtype=np.complex128)
    except (NameError, TypeError, AttributeError, ValueError):
        function = sp.lambdify(arguments, expression, "mpmath")
        points = zip(*(column.tolist() for column in columns), strict=True)
        values = np.array([complex(function(*point)) for point in points])
    values = np.broadcast_to(values, columns[0].shape)
    return np.where(np.abs(values.imag) < 1e-12, values.real, np.nan)


def _plain(name: str) -> str:
    """h_{1} and h1 are h_1 written differently."""
    return name.replace("_", "").replace("{", "").replace("}", "")


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode()[:200], dtype=np.uint8)


def numerical_gradient(student: Any, case: Any) -> dict[str, Any]:
    """The difference with its usual step and with a large one, of float64, float32 and integers."""

    def f(x: Any) -> float:
        x = np.asarray(x)
        return float(np.sum(case.cubic * x**3 + case.wave * np.sin(x)) + np.sum(case.mix * x) ** 2)

    seen: dict[str, Any] = {}
    unchanged = True
    for name, x in (
        ("small_step", case.x),
        ("float32", case.x.astype(np.float32)),
        ("whole", case.whole),
    ):
        given = x.copy()
        seen |= present(**{name: student.numerical_gradient(f, given)})
        unchanged = unchanged and np.allclose(given, x, rtol=0, atol=1e-9)
    seen |= present(large_step=student.numerical_gradient(f, case.x.copy(), step=float(case.step)))
    return {**seen, "input_unchanged": np.array(unchanged)}


def relative_error(student: Any, case: Any) -> dict[str, Any]:
    return {
        name: value
        for name in ("near", "opposite", "tiny", "zero", "one_is_zero")
        for value in [student.relative_error(case.values[f"{name}_a"], case.values[f"{name}_b"])]
        if value is not None
    }


def gradient_errors(student: Any, case: Any) -> dict[str, Any]:
    """Claims, of which some are wrong, before the student's checker."""

    def loss(params: Any) -> float:
        mixed = np.tanh(params["A"]) @ np.sin(params["B"])
        return float(np.sum(mixed * params["C"]) + np.sum(params["C"] ** 3))

    params = {name: case.values[name].copy() for name in ("A", "B", "C")}
    claims = {name: case.values[f"claim_{name}"].copy() for name in ("B", "A")}
    errors = entries(student.gradient_errors(loss, params, claims), ("A", "B"))
    again = student.gradient_errors(loss, params, {"C": case.claim_C.copy()})
    errors |= entries(again, ("C",))
    kept = all(np.array_equal(params[name], case.values[name]) for name in params)
    return {**errors, "input_unchanged": np.array(kept)}
