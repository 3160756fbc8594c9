"""Equal or not, and if not: what differs, by how much, and where. NumPy only.

Every function returns None when equal and a Text (English and Chinese) when not, so that a judge
reads as a list of rules. Tolerances follow the dtype that came: a correct float32 answer passes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from .verdict import Text

AXES_ZH = {
    "batch": "批量",
    "time": "时间步",
    "features": "特征",
    "units": "单元",
    "unit": "单元",
    "vocabulary": "词表",
    "token": "词元",
    "context": "上文",
    "window": "窗口",
    "place": "位置",
    "sequence": "序列",
    "text": "文本",
    "order": "阶",
    "temperature": "温度",
    "model": "模型",
    "source": "信源",
    "outputs": "输出",
    "new unit": "新单元",
    "old unit": "旧单元",
    "lag": "滞后",
    "3 units": "3×单元",
}
COUNTS_ZH = {
    "batch size": "批量大小",
    "number of time steps": "时间步数",
    "batch size × time": "批量大小×时间步数",
}
ONE_OF = {
    "units": "unit",
    "features": "feature",
    "3 units": "column",
    "vocabulary": "token",
    "outputs": "output",
}
FLOAT64_TOLERANCE = 1e-9
FLOAT32_TOLERANCE = 2e-5


def tolerance(seen: np.ndarray) -> float:
    """Relative tolerance that a correct answer of this dtype keeps."""
    if seen.dtype == np.float64 or seen.dtype.kind in "iub":
        return FLOAT64_TOLERANCE
    return FLOAT32_TOLERANCE if seen.dtype == np.float32 else 2e-2


def same_array(
    name: str,
    seen: Any,
    expected: np.ndarray,
    axes: str = "",
    rtol: float | None = None,
    context: Mapping[str, float] | None = None,
) -> Text | None:
    """None if `seen` equals `expected` in shape and value, else what differs and where.

    axes: the names of the axes, as in "batch time units". rtol: relative to the largest
    expected magnitude (at least 1); by default what the dtype of `seen` can keep.
    context: named counts ("batch size": 4) that a constant ratio is compared with.
    """
    names = axis_names(axes, expected.ndim)
    problem = _not_numbers(name, seen) or _other_shape(name, seen, expected.shape, names)
    if problem is not None:
        return problem
    seen = np.asarray(seen)
    if not np.all(np.isfinite(seen)):
        where = np.argwhere(~np.isfinite(seen))[0]
        value = str(seen[tuple(where)])
        if not len(where):
            return Text(
                f"{name} is {value}; expected a finite number.",
                f"{name} 是 {value}；应为有限数。",
            )
        return Text(
            f"{name} holds {value} at {_place(where, names, 'en')}; every value must be finite.",
            f"{name} 在 {_place(where, names, 'zh')} 处为 {value}；所有值都必须是有限数。",
        )
    limit = _limit(seen, expected, rtol)
    seen64, expected64 = seen.astype(np.float64), expected.astype(np.float64)
    gap = np.abs(seen64 - expected64)
    if gap.size == 0 or gap.max() <= limit:
        return None
    where = np.array(np.unravel_index(int(gap.argmax()), gap.shape))
    text = Text(
        f"{name} differs from the expected value: largest difference {gap.max():.3g}"
        f"{_at(where, names, 'en')}",
        f"{name} 与应有的值不同：最大差 {gap.max():.3g}{_at(where, names, 'zh')}",
    )
    if "time" in names:
        text += _first_wrong_step(gap > limit, names.index("time"))
    text += Text(".", "。")
    return text + _ratio(seen64, expected64, limit, context or {})


def differs(seen: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where two arrays of one shape differ by more than the dtype of `seen` can keep."""
    gap = np.abs(seen.astype(np.float64) - expected.astype(np.float64))
    found: np.ndarray = ~(gap <= _limit(seen, expected, None))
    return found


def _limit(seen: np.ndarray, expected: np.ndarray, rtol: float | None) -> float:
    """The largest difference that is none."""
    return (tolerance(seen) if rtol is None else rtol) * max(1.0, _largest(expected))


def axis_names(axes: str, ndim: int) -> tuple[str, ...]:
    """The names in "batch time units" or "features, 3 units"; ValueError unless they are ndim."""
    parts = axes.split(",") if "," in axes else axes.split()
    names = tuple(part.strip() for part in parts if part.strip())
    if names and len(names) != ndim:
        raise ValueError(f"axes {axes!r} name {len(names)} axes; the expected array has {ndim}")
    return names


def _not_numbers(name: str, seen: Any) -> Text | None:
    if seen is None:
        return Text(
            f"{name} is missing: your code returned None. Did you forget `return`?",
            f"缺少 {name}：你的代码返回了 None。是不是忘了 `return`？",
        )
    kind = np.asarray(seen).dtype
    if kind.kind in "iufb":
        return None
    return Text(
        f"{name} is not a real array: its dtype is {kind}; expected floating-point numbers.",
        f"{name} 不是实数数组：dtype 为 {kind}；应为浮点数。",
    )


def _other_shape(
    name: str, seen: Any, shape: tuple[int, ...], names: tuple[str, ...]
) -> Text | None:
    got = np.asarray(seen).shape
    if got == shape:
        return None
    en, zh = _shape(shape, names, "en"), _shape(shape, names, "zh")
    text = Text(
        f"{name} has shape {got}; expected {en}.",
        f"{name} 的形状是 {got}；应为 {zh}。",
    )
    if len(got) == len(shape) and sorted(got) == sorted(shape):
        text += Text(" Two axes look swapped.", "看起来有两个轴对调了。")
    elif len(got) == len(shape) and names:
        wrong = [i for i, (a, b) in enumerate(zip(got, shape, strict=True)) if a != b]
        en = ", ".join(f"the {names[i]} axis is {got[i]}, not {shape[i]}" for i in wrong)
        zh = "，".join(f"{_zh(names[i])}轴为 {got[i]}，应为 {shape[i]}" for i in wrong)
        text += Text(f" So {en}.", f"即{zh}。")
    return text


def _zh(axis: str) -> str:
    return AXES_ZH.get(axis, axis)


def _shape(shape: tuple[int, ...], names: tuple[str, ...], language: str) -> str:
    if not names:
        return str(shape)
    words = [f"{_zh(n) if language == 'zh' else n} {s}" for n, s in zip(names, shape, strict=True)]
    return f"({', '.join(words)})"


def _place(where: np.ndarray, names: tuple[str, ...], language: str) -> str:
    if not names:
        return str([int(i) for i in where])
    words = [_zh(n) if language == "zh" else ONE_OF.get(n, n) for n in names]
    return "[" + ", ".join(f"{n} {int(i)}" for n, i in zip(words, where, strict=True)) + "]"


def _at(where: np.ndarray, names: tuple[str, ...], language: str) -> str:
    if not len(where):
        return ""
    place = _place(where, names, language)
    return f"，位于 {place}" if language == "zh" else f" at {place}"


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max()) if array.size else 0.0


def _first_wrong_step(wrong: np.ndarray, axis: int) -> Text:
    others = tuple(i for i in range(wrong.ndim) if i != axis)
    first = int(np.argmax(wrong.any(axis=others)))
    if first == 0:
        return Text("; already the first time step is wrong", "；从第一个时间步起就不对")
    return Text(
        f"; first wrong time step {first} (counted from 0; the steps before it agree)",
        f"；第一个出错的时间步是 {first}（从 0 数起；之前的都一致）",
    )


def _ratio(
    seen: np.ndarray, expected: np.ndarray, limit: float, context: Mapping[str, float]
) -> Text:
    """A constant factor between the two is a diagnosis: −1, the batch size, ln 2 ..."""
    large = np.abs(expected) > 1e-3 * max(_largest(expected), 1e-12)
    if large.sum() < 2:
        return Text("", "")
    ratios = seen[large] / expected[large]
    factor = float(np.median(ratios))
    if not math.isfinite(factor) or abs(factor) < 1e-12:
        if not seen.any():
            return Text(" All of your values are zero.", "你的值全是零。")
        return Text("", "")
    if np.abs(seen - factor * expected).max() > 10 * limit * max(1.0, abs(factor)):
        return Text("", "")
    known: dict[str, tuple[str, float]] = {
        "a sign": ("符号", -1.0),
        "ln 2": ("ln 2", math.log(2)),
        "1/ln 2": ("1/ln 2", 1 / math.log(2)),
        "a factor of 2": ("因子 2", 2.0),
        "a factor of 1/2": ("因子 1/2", 0.5),
    }
    for word, count in context.items():
        zh = COUNTS_ZH.get(word, word)
        known[f"the {word}"] = (zh, float(count))
        known[f"1 / the {word}"] = (f"1/{zh}", 1 / float(count))
    for en, (zh, value) in known.items():
        if math.isclose(factor, value, rel_tol=1e-6):
            return Text(
                f" All values are off by one constant factor, {factor:.6g}: {en}.",
                f"所有值只差一个常数因子 {factor:.6g}：{zh}。",
            )
    return Text(
        f" All values are off by one constant factor, {factor:.6g}.",
        f"所有值只差一个常数因子 {factor:.6g}。",
    )


def equal_arrays(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two observations hold the same numbers: how a known mistake is recognised."""
    if one.keys() != other.keys():
        return False
    for name in one:
        a, b = np.asarray(one[name]), np.asarray(other[name])
        if a.shape != b.shape or a.dtype.kind not in "iufb" or b.dtype.kind not in "iufb":
            return False
        rtol = max(tolerance(a), tolerance(b))
        scale = max(1.0, _largest(b[np.isfinite(b)]) if b.size else 1.0)
        with np.errstate(invalid="ignore"):
            if not np.allclose(a, b, rtol=rtol, atol=rtol * scale, equal_nan=True):
                return False
    return True
