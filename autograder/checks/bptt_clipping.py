"""Checks of the bptt unit, task 6: the global norm, and clipping by it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..case import Case
from ..check import Arrays, Check, Finding
from ..compare import same_array
from ..verdict import Text

EQUATION_16 = "g ← min(1, θ / ‖g‖) g,   ‖g‖ = sqrt(Σ over all arrays, all elements, of g²)"
SHAPES = {"W_xh": (3, 4), "W_hh": (4, 4), "b_h": (4,), "xs": (2, 5, 3)}
KINDS = {
    "long": (0.4, "‖g‖ > θ", "‖g‖ > θ"),
    "short": (0.2, "‖g‖ < θ", "‖g‖ < θ"),
    "zero": (0.1, "all zeros", "全为零"),
    "infinite": (0.075, "with an infinity", "含无穷大"),
    "nan": (0.075, "with a NaN", "含 NaN"),
}


def draw_gradients(rng: np.random.Generator) -> dict[str, Any]:
    """Arrays with one, two and three axes, and of different lengths."""
    sizes = rng.permutation([0.3, 1.0, 2.0, 4.0])
    arrays: dict[str, Any] = {
        name: size * rng.normal(0.0, 1.0, shape)
        for (name, shape), size in zip(SHAPES.items(), sizes, strict=True)
    }
    return {"names": list(SHAPES), **arrays}


def norm_of(arrays: list[np.ndarray]) -> float:
    """The length of all arrays, laid end to end."""
    flat = np.concatenate([array.ravel() for array in arrays])
    return float(np.sqrt(flat @ flat))


class GlobalNorm(Check):
    """The global norm is the length of all arrays together, as one long vector."""

    id, task, points = "bptt.global_norm", 6, 2.0
    zh = "全局范数是把所有数组合成一个长向量后的长度。"
    equation = EQUATION_16
    provides = ("global_norm",)
    outputs = {"norm": ""}

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        return draw_gradients(rng)

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        return {"norm": np.array(norm_of([case.values[name] for name in case.names]))}


class Clipping(Check):
    """Clipping scales all arrays by min(1, θ/‖g‖), and by nothing else, equation (16)."""

    id, task, points = "bptt.clipping", 6, 6.0
    zh = "裁剪把所有数组都乘以 min(1, θ/‖g‖)，此外什么也不做，公式 (16)。"
    equation = EQUATION_16
    provides = ("clip_by_global_norm",)
    uses = ("global_norm",)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        values = draw_gradients(rng)
        norm, theta = norm_of([values[name] for name in SHAPES]), float(rng.uniform(0.5, 3.0))
        long, short = rng.uniform(2.0, 5.0), rng.uniform(0.2, 0.8)
        return {
            **values,
            "theta": theta,
            "long": float(long * theta / norm),
            "short": float(short * theta / norm),
        }

    def expect(self, case: Case) -> dict[str, np.ndarray]:
        given = {name: case.values[name] for name in case.names}
        norm = norm_of(list(given.values()))
        scales = {"long": case.theta / norm, "short": case.short, "zero": 0.0}
        found = {f"{k}.{n}": scale * g for k, scale in scales.items() for n, g in given.items()}
        for kind in ("infinite", "nan"):
            found |= {f"{kind}.{n}": np.full(g.shape, np.nan) for n, g in given.items()}
        return found

    def judge(self, seen: Arrays, expected: Arrays, case: Case) -> list[Finding]:
        findings = [
            Finding(
                kind,
                share,
                self._differs(kind, seen, expected, case),
                beside=kind in ("short", "zero"),  # clipping leaves these as they are
            )
            for kind, (share, _, _) in KINDS.items()
        ]
        changed = None
        if not bool(seen.get("input_unchanged", np.array(True))):
            changed = Text(
                "Your function changed the arrays that it was given (`g *= factor` does); "
                "make new ones, `factor * g`.",
                "你的函数改动了传入的数组（`g *= factor` 就会这样）；请生成新数组，`factor * g`。",
            )
        return [*findings, Finding("input", 0.15, changed, beside=True)]

    def _differs(self, kind: str, seen: Arrays, expected: Arrays, case: Case) -> Text | None:
        _, en, zh = KINDS[kind]
        for name in case.names:
            key = f"{kind}.{name}"
            if np.isnan(expected[key]).all() and key in seen:
                problem = _not_all_nan(name, seen[key])
            else:
                # PyTorch divides by ‖g‖ + 1e-6; that is as good
                problem = same_array(name, seen.get(key), expected[key], rtol=2e-6)
            if problem is not None:
                return Text(f"A gradient {en}: ", f"{zh} 的梯度：") + problem
        return None


def _not_all_nan(name: str, seen: np.ndarray) -> Text | None:
    if seen.dtype.kind == "f" and np.isnan(seen).all():
        return None
    return Text(
        f"{name} is not all NaN, though ‖g‖ is not finite: no direction is left to keep.",
        f"‖g‖ 不是有限数，方向已无从谈起，但 {name} 并非全为 NaN。",
    )


CHECKS: tuple[type[Check], ...] = (GlobalNorm, Clipping)
