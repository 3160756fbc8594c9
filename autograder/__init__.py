"""Autograder of the course: names the mistake, decides outside the student's process."""
