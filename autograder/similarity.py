"""Submissions that are alike in what is their own: pairs, and the places in their answers.

Correct short answers are alike by nature. So what anybody may be expected to write is taken out
first: the notebook as it was released, the reference, every known correct alternative, every
known mistake, and whatever more than a few of the class wrote. What is left is compared by runs
of `RUN` tokens (Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003; all fingerprints are kept).
Variables have no names in them, and comments, docstrings, line ends and brackets do not count; a
run knows no order beyond itself, so that moved lines are found.
"""

from __future__ import annotations

import ast
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Name, Number, String

from . import alternatives, mistakes, reference
from .submission import Submission

RUN = 14
"""Tokens of a fingerprint: between one and two lines of an answer."""
TASK_LEAST, TASK_SHARE, TASK_MOST = 20, 0.4, 40
"""Tokens, and the share of what is their own, from which two answers to a task count as alike;
and the tokens that one task counts at most, so that one long answer does not make a pair."""
PAIR_LEAST = 100
"""Tokens, counted so, from which a pair is listed: about three tasks."""
LONG_LEAST, LONG_SHARE = 100, 0.9
"""Or a single task, where it is long and alike nearly all through."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Token:
    """What is compared, and where it stands in the source."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Passage:
    """Two answers to one task, with the stretches (start, end) of each source that are alike.

    tokens: how many, in the answer that has fewer of them. share: of that student's own tokens.
    """

    cells: tuple[str, str]
    sources: tuple[str, str]
    stretches: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]
    tokens: int
    share: float


@dataclass(frozen=True)
class Pair:
    """Two students and the tasks in which their answers are alike, the longest first."""

    students: tuple[str, str]
    passages: tuple[Passage, ...]

    @property
    def tokens(self) -> int:
        """How much there is, no task counting more than `TASK_MOST`."""
        return sum(min(passage.tokens, TASK_MOST) for passage in self.passages)


@dataclass(frozen=True)
class Answer:
    """A code cell as tokens and runs; a run is the number of its first token -> its hash."""

    cell: str
    source: str
    tokens: tuple[Token, ...]
    runs: tuple[int, ...]


def tokens(source: str) -> tuple[Token, ...]:
    """What counts of a source; code that Python cannot read has tokens as well."""
    found: list[Token] = []
    raw = [token for token in PythonLexer().get_tokens_unprocessed(source) if token[2].strip()]
    own = _named_here([value for _, _, value in raw])
    before = ""
    for start, kind, value in raw:
        if kind in Comment or kind in String.Doc or value in "(),":
            continue
        if kind in String:
            if found and found[-1].text == "string":
                start = found.pop().start
            text = "string"
        elif kind in Number:
            text = _number(value)
        elif kind in Name and kind not in Name.Builtin and (before != "." or value in own):
            text = "name"
        else:
            text = value
        found.append(Token(text, start, start + len(value)))
        before = value
    return tuple(found)


def _named_here(words: Sequence[str]) -> set[str]:
    """Methods and attributes that the source itself names: a copy may call them otherwise."""
    defined = {name for word, name in zip(words, words[1:], strict=False) if word == "def"}
    triples = zip(words, words[1:], words[2:], strict=False)
    return defined | {name for word, dot, name in triples if (word, dot) == ("self", ".")}


def _number(text: str) -> str:
    try:
        return repr(float(text.replace("_", "")))
    except ValueError:
        return text


@lru_cache(maxsize=20_000)
def runs(source: str) -> tuple[tuple[Token, ...], tuple[int, ...]]:
    """The tokens of a source, and the hash of the run that starts at each of them."""
    found = tokens(source)
    texts = [token.text for token in found]
    return found, tuple(
        hash(" ".join(texts[start : start + RUN])) for start in range(len(texts) - RUN + 1)
    )


def answers(submission: Submission) -> list[Answer]:
    """The code cells of a submission."""
    return [Answer(cell.id, cell.source, *runs(cell.source)) for cell in submission.cells]


def expected(unit: str) -> frozenset[int]:
    """Runs that anybody may write: released cells, the reference, alternatives, known mistakes."""
    sources = [cell["source"] for cell in reference.cells(unit)]
    sources += [alternative.source for alternative in alternatives.bank(unit)]
    sources += [mistake.source() for mistake in mistakes.bank(unit)]
    return frozenset(
        run for source in sources for text in spellings(source) for run in runs(text)[1]
    )


def spellings(source: str) -> list[str]:
    """The same answer as others like to write it: a @ b as a call, what is returned with a name."""
    found = [source]
    for product in ("", "matmul", "dot"):
        for named in (False, True):
            tree = _Spelling(product, named).visit(ast.parse(source))
            found.append(ast.unparse(ast.fix_missing_locations(tree)))
    return list(dict.fromkeys(found))


class _Spelling(ast.NodeTransformer):
    def __init__(self, product: str, named: bool):
        self.product, self.named = product, named

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not (self.product and isinstance(node.op, ast.MatMult)):
            return node
        function = ast.Attribute(ast.Name("np", ast.Load()), self.product, ast.Load())
        return ast.Call(function, [node.left, node.right], [])

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.AST]:
        self.generic_visit(node)
        if not self.named or node.value is None or isinstance(node.value, ast.Name):
            return node
        result = ast.Assign([ast.Name("result", ast.Store())], node.value)
        return [result, ast.Return(ast.Name("result", ast.Load()))]


def pairs(
    submissions: Sequence[Submission],
    expected: frozenset[int],
    progress: Progress = lambda done, total: None,
) -> list[Pair]:
    """Pairs that are alike in what is their own, the most alike first."""
    classroom = []
    for done, submission in enumerate(submissions, start=1):
        classroom.append(answers(submission))
        progress(done, len(submissions))
    own = _own(classroom, expected)
    together: dict[tuple[int, int], set[int]] = defaultdict(set)
    for run, writers in _writers(classroom, own).items():
        for both in combinations(sorted(writers), 2):
            together[both].add(run)
    found = []
    for (one, two), shared in together.items():
        passages = tuple(_passages(classroom[one], classroom[two], shared, own))
        pair = Pair((submissions[one].student, submissions[two].student), passages)
        if pair.tokens >= PAIR_LEAST or any(map(_long, passages)):
            found.append(pair)
    return sorted(found, key=lambda pair: (-pair.tokens, pair.students))


def _long(passage: Passage) -> bool:
    return passage.tokens >= LONG_LEAST and passage.share >= LONG_SHARE


def few(size: int) -> int:
    """How many of a class may share a run that still counts as their own: 2 of 20, 5 of 100.

    Half the square root: in a larger class chance alone brings more hands to the same run.
    """
    return max(2, math.isqrt(size) // 2)


def _own(classroom: Sequence[Sequence[Answer]], expected: frozenset[int]) -> set[int]:
    """Runs that nobody expects and few wrote."""
    count = Counter(
        run for student in classroom for run in {run for answer in student for run in answer.runs}
    )
    return {run for run, n in count.items() if n <= few(len(classroom)) and run not in expected}


def _writers(classroom: Sequence[Sequence[Answer]], own: set[int]) -> dict[int, set[int]]:
    writers: dict[int, set[int]] = defaultdict(set)
    for index, student in enumerate(classroom):
        for answer in student:
            for run in own.intersection(answer.runs):
                writers[run].add(index)
    return writers


def _passages(
    one: Sequence[Answer], two: Sequence[Answer], shared: set[int], own: set[int]
) -> list[Passage]:
    """The answers of two students that are alike, each beside its nearest."""
    found = []
    for left in one:
        here = shared.intersection(left.runs)
        if not here:
            continue
        right = max(
            two, key=lambda other: (len(here.intersection(other.runs)), other.cell == left.cell)
        )
        both = here.intersection(right.runs)
        covered = [_covered(answer, both) for answer in (left, right)]
        alike = min(map(len, covered))
        whole = min(len(_covered(answer, own)) for answer in (left, right))
        if alike >= TASK_LEAST and alike >= TASK_SHARE * whole:
            stretches = (_stretches(left, covered[0]), _stretches(right, covered[1]))
            cells, sources = (left.cell, right.cell), (left.source, right.source)
            found.append(Passage(cells, sources, stretches, alike, min(1.0, alike / whole)))
    return sorted(found, key=lambda passage: -passage.tokens)


def _covered(answer: Answer, wanted: set[int]) -> set[int]:
    """Numbers of the tokens that lie in one of these runs."""
    return {
        token
        for start, run in enumerate(answer.runs)
        if run in wanted
        for token in range(start, start + RUN)
    }


def _stretches(answer: Answer, covered: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Neighbouring tokens as stretches of the source."""
    found: list[list[int]] = []
    last = -2
    for number in sorted(covered):
        token = answer.tokens[number]
        if number == last + 1:
            found[-1][1] = token.end
        else:
            found.append([token.start, token.end])
        last = number
    return tuple((start, end) for start, end in found)
