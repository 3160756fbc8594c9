"""No NumPy: loops, lists and dicts, and rows that are lists."""

# mypy: ignore-errors

import math

UNKNOWN, BOUNDARY = 0, 1


def build_vocabulary(sequences, min_count):
    number = {}
    for sequence in sequences:
        for token in sequence:
            number[token] = number.get(token, 0) + 1
    ordered = sorted(number)  # by name first; a stable sort by frequency keeps it in ties
    ordered.sort(key=lambda token: number[token], reverse=True)
    vocabulary = ["<unk>", "<s>"]
    for token in ordered:
        if number[token] < min_count:
            break
        vocabulary.append(token)
    return vocabulary


def encode(sequence, vocabulary):
    ids = []
    for token in sequence:
        if token in vocabulary:
            ids.append(vocabulary.index(token))
        else:
            ids.append(UNKNOWN)
    return ids


def windows(sequence, order):
    context, pairs = (BOUNDARY,) * order, []
    for token in list(sequence) + [BOUNDARY]:
        pairs.append((context, token))
        context = (context + (token,))[1:]
    return pairs


def count_ngrams(sequences, order):
    counts = {}
    for sequence in sequences:
        for context, token in windows(sequence, order):
            if context not in counts:
                counts[context] = {}
            if token not in counts[context]:
                counts[context][token] = 0
            counts[context][token] += 1
    return counts


def mle_row(counts, context, vocabulary_size):
    followers = counts.get(context)
    if not followers:
        return [1 / vocabulary_size] * vocabulary_size
    total = sum(followers.values())
    return [followers.get(token, 0) / total for token in range(vocabulary_size)]


def sequence_probability(model, sequence, order):
    return math.prod(float(model(c)[w]) for c, w in windows(sequence, order))


def read_both_ways(row_of, training, sequence, order):
    turned = [list(reversed(ids)) for ids in training]
    found = []
    for text, ids in ((training, sequence), (turned, list(reversed(sequence)))):
        counts = count_ngrams(text, order)
        p = 1.0
        for context, token in windows(ids, order):
            p *= float(row_of(counts, context)[token])
        found.append(p)
    return found


def add_k_row(counts, context, vocabulary_size, k):
    followers = counts.get(context, {})
    total = sum(followers.values()) + k * vocabulary_size
    return [(followers.get(token, 0) + k) / total for token in range(vocabulary_size)]


def interpolated_row(counts_by_order, context, vocabulary_size, k):
    """From the bottom up: the empty context first, then one token more at a time."""
    row = [1 / vocabulary_size] * vocabulary_size
    for length in range(len(context) + 1):
        followers = counts_by_order[length].get(context[len(context) - length :], {})
        n = sum(followers.values())
        weight = n / (n + k)
        if n:
            row = [
                weight * followers.get(token, 0) / n + (1 - weight) * row[token]
                for token in range(vocabulary_size)
            ]
    return row


def mean_nats(model, sequences, order):
    total, number = 0.0, 0
    for sequence in sequences:
        for context, token in windows(sequence, order):
            p = float(model(context)[token])
            total += -math.log(p) if p > 0 else math.inf
            number += 1
    return total / number


def perplexity(model, sequences, order):
    return math.exp(mean_nats(model, sequences, order))


def with_temperature(row, temperature):
    logits = [math.log(p) / temperature if p > 0 else -math.inf for p in row]
    top = max(logits)
    weights = [math.exp(o - top) for o in logits]
    return [w / sum(weights) for w in weights]


def sample(model, order, rng, temperature, max_length):
    ids, context = [], (BOUNDARY,) * order
    for _ in range(max_length):
        row = with_temperature(model(context), temperature)
        u, token = rng.random(), 0
        while u >= row[token] and token < len(row) - 1:
            u -= row[token]
            token += 1
        if token == BOUNDARY:
            return ids
        ids.append(token)
        context = (context + (token,))[1:]
    return ids


def unseen(counts, sequences, order):
    new_context = new_token = number = 0
    for sequence in sequences:
        for context, token in windows(sequence, order):
            number += 1
            if context not in counts:
                new_context += 1
            elif token not in counts[context]:
                new_token += 1
    return new_context / number, new_token / number


def best_order(training, validation, orders, vocabulary_size, k):
    best, least, found = None, math.inf, []
    for order in orders:
        counts = [count_ngrams(training, m) for m in range(order + 1)]

        def model(context, counts=counts):
            return interpolated_row(counts, context, vocabulary_size, k)

        value = perplexity(model, validation, order)
        found.append(value)
        if value < least:
            best, least = order, value
    return best, found


def stationary(P):
    size = len(P)
    pi = [1 / size] * size
    for _ in range(2000):
        pi = [sum(pi[i] * P[i][j] for i in range(size)) for j in range(size)]
    return pi


def entropy_rate(P):
    total = 0.0
    for weight, row in zip(stationary(P), P, strict=True):
        for p in row:
            if p > 0:
                total -= weight * p * math.log(p)
    return total


def expected_nats(P, Q):
    total, pi = 0.0, stationary(P)
    for i in range(len(P)):
        for j in range(len(P)):
            if P[i][j] > 0:
                total += pi[i] * P[i][j] * (-math.log(Q[i][j]) if Q[i][j] > 0 else math.inf)
    return total
