"""Modules that a student bundle has in place of those of the same name: they hold no answer.

cli.py              `course check` only, in the student's own process
reference.py        the cells that students are given; no solution
diagnose.py         the frozen arrays of mistakes in place of the mistakes
mistakes.py         a mistake is its hint
held_out_text.py    the text's windows, frozen (in place of checks/held_out_text.py)
"""
