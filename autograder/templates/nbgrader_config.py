"""nbgrader's settings for this course: `nbgrader autograde gru` and formgrader work as they are."""

c = get_config()  # noqa: F821  (nbgrader defines it)

# No kernel starts on a student's notebook: our step asks the sandbox for a report and writes one
# score into each test cell. Restore gives released cells back what a student changed in them.
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_step.KeepPictures",
    "autograder.nbgrader_step.Restore",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_step.Grade",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.nbgrader_step.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Files beside a source notebook are copied to the students. Solutions are never among them.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "solutions",
    "*.py",
    "*.toml",
]
# `nbgrader generate_solution` is a step after grading; keep its folder apart from solutions/.
c.CourseDirectory.solution_directory = "solution_after_grading"

# What a student writes is shown in formgrader: HTML in it must not run in your browser.
c.HTMLExporter.sanitize_html = True
