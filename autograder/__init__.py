"""Autograder of the recurrent-networks course: names the mistake, decides outside the student's process."""
