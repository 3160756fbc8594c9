"""Mutants of the bptt unit that are no other answer: reason -> (definition, before, after)."""

from __future__ import annotations

from . import Change

OWN = "own_part(d_os, params['W_ho'])"
BACK = "one_step_back({}, params['W_hh'])"
ENTER = "through_tanh(found[:, t], hs[:, t])"
MERGED = "{{'xs': epsilons @ params['W_xh'].T, 'h_0': {}}}"
EINSUM = "np.einsum('{}', {})"
STEPS = "for t in {}: … arrives = arrives * s.w"


def _one_product(name: str, epsilon: str, *, own: bool = True) -> list[Change]:
    """Lines 2 and 4 are both a product with a transposed matrix."""
    back = BACK.format(epsilon)
    found = [(name, back, back.replace("one_step_back", "own_part"))]
    return [*found, (name, OWN, OWN.replace("own_part", "one_step_back"))] if own else found


def _merged(name: str, start: str) -> Change:
    more = MERGED.format(start)
    return name, f"gradients | {more}", f"{more} | gradients"


def _letters(before: str, after: str, arrays: str) -> Change:
    return "weight_gradients", EINSUM.format(before, arrays), EINSUM.format(after, arrays)


EQUIVALENT: dict[str, list[Change]] = {
    "The two lines are one formula, a product with a transposed matrix: only their names differ.": [
        *_one_product("deltas", ENTER),
        *_one_product("truncated_gradients", "epsilon"),
        *_one_product("randomised_gradients", "epsilons[:, t]"),
    ],
    "All arrays over time have the same number of steps.": [
        ("linear_W_xh_gradient", "range(xs.shape[1])", "range(d_os.shape[1])"),
        ("deltas", "range(hs.shape[1])", "range(gs.shape[1])"),
        ("truncated_gradients", "range(hs.shape[1])", "range(xs.shape[1])"),
        ("randomised_gradients", "range(hs.shape[1])", "range(xs.shape[1])"),
    ],
    "The array is made for its shape; every element is written before it is read.": [
        ("deltas", "np.empty_like(gs)", "np.empty_like(hs)"),
        ("randomised_gradients", "np.zeros_like(hs)", "np.ones_like(hs)"),
    ],
    "Zeros in the shape of one step, whichever step.": [
        ("deltas", "np.zeros_like(gs[:, 0])", "np.zeros_like(hs[:, 0])"),
        ("deltas", "np.zeros_like(gs[:, 0])", "np.zeros_like(gs[:, 1])"),
        ("deltas", "np.zeros_like(gs[:, 0])", "np.zeros_like(gs[:, -1])"),
    ],
    "The letters of an einsum mean nothing but which axes are one.": [
        _letters("btf,btu->fu", "btv,btu->vu", "xs, epsilons"),
        _letters("btv,btu->vu", "btf,btu->fu", "states_before(hs, h_0), epsilons"),
        _letters("btu,bto->uo", "btf,btu->fu", "hs, d_os"),
    ],
    "A sum over two axes, whichever is named first.": [
        ("weight_gradients", "epsilons.sum(axis=(0, 1))", "epsilons.sum(axis=(1, 0))"),
        ("weight_gradients", "d_os.sum(axis=(0, 1))", "d_os.sum(axis=(1, 0))"),
    ],
    "The two dicts have no name in common.": [
        _merged("rnn_gradients", "delta_0"),
        _merged("truncated_gradients", "delta_0"),
        _merged("randomised_gradients", "back"),
    ],
    "The function is symmetric in its two arguments.": [
        ("truncated_gradients", "min(tau, t) + 1", "min(t, tau) + 1"),
        ("clip_by_global_norm", "max(norm, theta)", "max(theta, norm)"),
        ("dL_dw", "max(t - tau, 1)", "max(1, t - tau)"),
        (
            "relative_error",
            "np.abs(a - b) / np.maximum(1e-08, np.abs(a) + np.abs(b))",
            "np.abs(b - a) / np.maximum(1e-08, np.abs(a) + np.abs(b))",
        ),
        (
            "relative_error",
            "np.maximum(1e-08, np.abs(a) + np.abs(b))",
            "np.maximum(np.abs(a) + np.abs(b), 1e-08)",
        ),
        (
            "gradient_errors",
            "relative_error(claim, numerical_gradient(moved, params[name]))",
            "relative_error(numerical_gradient(moved, params[name]), claim)",
        ),
    ],
    "A sum of the same terms in another order.": [
        ("dL_dw", STEPS.format("(1, 2, 3)"), STEPS.format("(2, 1, 3)")),
        ("dL_dw", STEPS.format("(1, 2, 3)"), STEPS.format("(1, 3, 2)")),
    ],
    "A random number equals the probability with probability zero.": [
        ("randomised_gradients", "rng.random() < keep", "rng.random() <= keep"),
    ],
}
