"""The formula written out in the inputs alone, with sech², expanded; symbols of its own."""

# mypy: ignore-errors

import sympy as sp


def dL_dw(s, tau):
    w, u, v, before = sp.symbols("w u v h0", real=True)
    terms = []  # what w does to the state, one entry for each number of steps back
    total = 0
    for t in (1, 2, 3):
        x, y = sp.symbols(f"x{t} y{t}", real=True)
        slope = sp.sech(w * before + u * x) ** 2
        terms = [slope * before, *(slope * w * term for term in terms)][: tau + 1]
        before = sp.tanh(w * before + u * x)
        total += sp.expand((v * before - y) * v * sum(terms))
    return total
