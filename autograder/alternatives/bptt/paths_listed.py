"""The six paths listed one by one, and chosen by their length."""

# mypy: ignore-errors


def dL_dw(s, tau):
    w, v, (h0, h1, h2, h3) = s.w, s.v, s.h
    e1, e2, e3 = ((v * h - y) * v for h, y in ((h1, s.y[1]), (h2, s.y[2]), (h3, s.y[3])))
    k1, k2, k3 = 1 - h1**2, 1 - h2**2, 1 - h3**2
    paths = {
        0: [e1 * k1 * h0, e2 * k2 * h1, e3 * k3 * h2],
        1: [e2 * k2 * w * k1 * h0, e3 * k3 * w * k2 * h1],
        2: [e3 * k3 * w * k2 * w * k1 * h0],
    }
    return sum(sum(paths[lag]) for lag in range(tau + 1)).factor()
