"""Recurrent layers over time, the backward pass by hand: the readable way's arrays, sooner.

`equations` holds the three layers, forward and back through time; `over_time` what they share: the
way in, the loop, what XLA compiles. `benchmarks/README.md` has the measurements.
"""

from course_lib.fast.equations import gru, lstm, rnn

__all__ = ["gru", "lstm", "rnn"]
