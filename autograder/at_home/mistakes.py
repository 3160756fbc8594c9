"""A known mistake as a students' copy has it: its hint, and what it gives on the public case."""

from autograder.frozen import FrozenMistake as Mistake

__all__ = ["Mistake"]
