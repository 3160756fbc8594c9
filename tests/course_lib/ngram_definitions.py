"""The n-gram estimators by their definitions: dictionaries, sets, loops, recursion. The oracle."""

from collections import Counter, defaultdict


class Definitions:
    """p(w | context) of every smoothing, from `sequences` of ids below `size`.

    With boundaries the ids are framed by "s" and "e"; both are strings, so nothing here can take
    them for a token.
    """

    def __init__(self, sequences, size, order, boundaries, reversed=False):
        self.order, self.boundaries, self.reversed = order, boundaries, reversed
        self._discounts = {}
        self.predicted = [*range(size), *(["e"] if boundaries else [])]
        self.rows = [list(row)[::-1] if reversed else list(row) for row in sequences]
        if boundaries:
            self.rows = [["s", *row, "e"] for row in self.rows]
        self.count = Counter()
        self.before = defaultdict(set)
        for row in self.rows:
            for end in range(len(row)):
                for m in range(1, min(order, end + 1) + 1):
                    gram = tuple(row[end - m + 1 : end + 1])
                    if gram == ("s",):
                        continue
                    self.count[gram] += 1
                    place = end - m
                    if place >= 0:
                        self.before[gram].add(row[place])
                    elif not boundaries:
                        self.before[gram].add("the beginning")

    def followers(self, context):
        return {w: self.count[(*context, w)] for w in self.predicted if self.count[(*context, w)]}

    def contexts_of(self, row):
        """(context, token) of every token that is predicted."""
        for t in range(1 if self.boundaries else 0, len(row)):
            yield tuple(row[max(0, t - self.order + 1) : t]), row[t]

    def mle(self, w, c):
        n = self.followers(c)
        return n.get(w, 0) / sum(n.values()) if n else 0.0

    def add_k(self, w, c, k):
        n = self.followers(c)
        return (n.get(w, 0) + k) / (sum(n.values()) + k * len(self.predicted))

    def witten_bell(self, w, c):
        n = self.followers(c)
        below = self.witten_bell(w, c[1:]) if c else 1 / len(self.predicted)
        if not n:
            return below
        return (n.get(w, 0) + len(n) * below) / (sum(n.values()) + len(n))

    def interpolation(self, w, c, weights, classes):
        n = self.followers(c)
        below = self.interpolation(w, c[1:], weights, classes) if c else 1 / len(self.predicted)
        if not n:
            return below
        total, group = sum(n.values()), 0
        while total >= 2 ** (group + 1) and group < classes - 1:
            group += 1
        weight = weights[len(c) + 1][group]
        return weight * n.get(w, 0) / total + (1 - weight) * below

    def adjusted(self, gram):
        if len(gram) == self.order or gram[0] == "s":
            return self.count[gram]
        return len(self.before[gram])

    def discounts(self, m):
        """D_1, D_2, D_3+ of the m-grams, or 0.5, 1, 1.5."""
        if m not in self._discounts:
            self._discounts[m] = self._fresh_discounts(m)
        return self._discounts[m]

    def _fresh_discounts(self, m):
        t = Counter(self.adjusted(gram) for gram in list(self.count) if len(gram) == m)
        if not (t[1] and t[2] and t[3]):
            return 0.5, 1.0, 1.5
        y = t[1] / (t[1] + 2 * t[2])
        found = 1 - 2 * y * t[2] / t[1], 2 - 3 * y * t[3] / t[2], 3 - 4 * y * t[4] / t[3]
        good = all(0 < d <= i for i, d in enumerate(found, 1))
        return found if good else (0.5, 1.0, 1.5)

    def kneser_ney(self, w, c):
        a = {v: self.adjusted((*c, v)) for v in self.predicted if self.count[(*c, v)]}
        below = self.kneser_ney(w, c[1:]) if c else 1 / len(self.predicted)
        if not a:
            return below
        d = self.discounts(len(c) + 1)
        total = sum(a.values())
        mass = sum(d[min(count, 3) - 1] for count in a.values()) / total
        kept = (a[w] - d[min(a[w], 3) - 1]) / total if w in a else 0.0
        return kept + mass * below
