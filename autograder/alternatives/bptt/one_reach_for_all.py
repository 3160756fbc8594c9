"""One drawn reach for all losses; weighted differences of truncated gradients."""

# mypy: ignore-errors


def randomised_gradients(xs, h_0, params, d_os, keep, rng):
    found, n = truncated_gradients(xs, h_0, params, d_os, 0), 1  # noqa: F821
    while n <= xs.shape[1] and rng.uniform() < keep:
        longer, shorter = (
            truncated_gradients(xs, h_0, params, d_os, tau)  # noqa: F821
            for tau in (n, n - 1)
        )
        found = {name: found[name] + (longer[name] - shorter[name]) / keep**n for name in found}
        n += 1
    return found
