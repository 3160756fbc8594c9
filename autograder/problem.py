"""What can go wrong without anybody's program being wrong. Imports nothing."""


class Problem(Exception):
    """An expected problem: the message says, in one line, what is wrong and what to do."""
