"""The `course` command. Exit code 0: fine; 1: some check failed; 2: usage or grader error."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from . import cli_class, cli_grade, cli_models, cli_mutants
from .cli_grade import Isolation, warn_of_isolation
from .console import err, out, progress_bar, quiet_libraries

app = typer.Typer(
    help="Release, check and grade the recurrent-networks course.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


def main() -> None:
    """Entry point: errors that we expect become one line on stderr and exit code 2."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    quiet_libraries()
    # jsonschema would build a grammar of IRIs for seconds, which no notebook needs.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from .problem import Problem

    try:
        app()
    except Problem as problem:
        err.print(f"[bold red]error:[/] {escape(' '.join(str(problem).split()))}", soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        err.print("interrupted; run the same command again to go on")
        sys.exit(2)
    finally:
        gc.freeze()  # or Python spends 0.3 s on looking for cycles in all that was imported


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="A .ipynb, a py:percent .py or a plain module.")],
    unit: Annotated[
        str | None, typer.Option(help="The unit, where the file does not tell.")
    ] = None,
    hidden: Annotated[bool, typer.Option("--hidden", help="Hidden cases as well.")] = False,
    seed: Annotated[int | None, typer.Option(help="Of the hidden cases.", min=0)] = None,
    student: Annotated[
        str, typer.Option(help="Whose work it is, where each student has a seed.")
    ] = "",
    lang: Annotated[str | None, typer.Option(help="en or zh; default: the notebook's.")] = None,
    isolation: Isolation = None,
    json: Json = False,
) -> None:
    """Grade one notebook.

    Example: course check gru.ipynb
    """
    from . import terminal
    from .fronts import marker_for, student_of
    from .submission import read

    student = student or student_of(notebook)
    with marker_for(
        notebook,
        hidden=hidden,
        student=student,
        seed=seed,
        isolation=isolation,
        language=_language(lang),
    ) as marker:
        warn_of_isolation(marker.isolation)
        if notebook.is_file():
            marker.start_in_background()  # TensorFlow's import takes seconds; reading goes on
        report = marker.mark(read(notebook, unit, student))
    if json:
        print(report.to_json())
    else:
        terminal.show_report(out, report)
    raise typer.Exit(2 if report.needs_human else int(report.points < report.max_points))


@app.command()
def release(
    units: Annotated[list[str] | None, typer.Argument(help="Default: all.")] = None,
    lang: Annotated[str | None, typer.Option(help="en or zh; default: both.")] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing; show what would change for students; fail on that or on a leak.",
        ),
    ] = False,
    bundle: Annotated[bool, typer.Option(help="The student bundle too.")] = True,
    dist: Annotated[
        Path | None, typer.Option(help="Where bundles go; default: dist/.", show_default=False)
    ] = None,
) -> None:
    """Build the students' notebooks from solutions/, and the bundle that runs on their machines.

    Named units share one bundle; without names each unit gets its own.

    Example: course release gru --lang zh
    """
    from . import build, terminal

    chosen = tuple(units or build.units())
    languages = (_language(lang) or "",) if lang else build.LANGUAGES
    if not check:
        for path in build.release(chosen, languages):
            out.print(f"wrote {path}", soft_wrap=True)
        if bundle:
            from . import bundle as bundles

            for together in [chosen] if units else [(unit,) for unit in chosen]:
                path = bundles.write(together, languages, dist or bundles.DIST)
                out.print(f"wrote {path}", soft_wrap=True)
        return
    problems = build.check(chosen, languages)
    terminal.show_changes(out, build.changes(chosen, languages))
    for problem in problems:
        err.print(f"[red]✗[/] {escape(problem)}", soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    out.print(f"assignments are in step with solutions: {', '.join(chosen)}")


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Where the course folder will be.")],
    units: Annotated[
        list[str] | None,
        typer.Option("--units", "--unit", help="As in --units gru,lstm. Default: all."),
    ] = None,
    lang: Annotated[
        str, typer.Option("--language", "--lang", help="Language of the notebooks, en or zh.")
    ] = "en",
    course_id: Annotated[
        str, typer.Option(help="nbgrader's name of the course. Default: the folder's name.")
    ] = "",
    exchange: Annotated[
        Path | None,
        typer.Option(
            help="nbgrader's exchange folder. Default: nbgrader's own.", show_default=False
        ),
    ] = None,
) -> None:
    """Make a course folder for nbgrader, with the units released in it.

    Run again, it adds units; settings and notebooks that are there stay as they are.

    Example: course new ~/rnn-2027 --units gru,lstm --language zh
    """
    from . import build
    from .course_folder import CourseFolder, create

    chosen = [unit for named in units or () for unit in named.split(",")] or build.units()
    sources = [CourseFolder(folder).notebook("source", ".", unit) for unit in chosen]
    kept = [path for path in sources if path.exists()]
    made = create(folder, chosen, _language(lang) or "en", course_id=course_id, exchange=exchange)
    for path in kept:
        out.print(f"kept as it was: {escape(str(path))}", soft_wrap=True)
    out.print(f"course folder {escape(str(made.root))}, released in it: {', '.join(chosen)}")
    out.print(
        "next: nbgrader release_assignment, or put notebooks into submitted/<student>/<unit>/"
    )


@app.command()
def report(
    unit: str,
    course: Annotated[Path, typer.Option(help="The course folder.")] = Path(),
    lang: Annotated[str | None, typer.Option(help="en or zh; default: the course's.")] = None,
) -> None:
    """Write the page about the class again, from the reports that are there.

    Example: course report gru --course ~/rnn-2027
    """
    from . import class_report, gradebook
    from .course_folder import CourseError, CourseFolder

    folder = CourseFolder(course)
    reports = gradebook.reports(folder, unit)
    if not reports:
        raise CourseError(f"no reports of {unit!r} in {folder.root}; run `course grade {unit}`")
    marks = gradebook.marks(folder, unit)
    path = class_report.write(folder, unit, reports, marks, language=_language(lang))
    out.print(f"wrote {path}", soft_wrap=True)


@app.command()
def mistakes(
    units: Annotated[
        list[str] | None, typer.Argument(help="Default: all that have checks.")
    ] = None,
    isolation: Isolation = None,
    json: Json = False,
) -> None:
    """The grader's own test: which mistakes each check catches and explains.

    Example: course mistakes gru
    """
    import json as codec

    from . import build, proof, terminal

    with progress_bar("Proving", shown=not json) as bar:
        task = bar.add_task("", total=None)
        proofs = [
            proof.prove(
                unit,
                isolation or "bubblewrap",
                lambda name, done, total: bar.update(
                    task, description=name, completed=done, total=total
                ),
            )
            for unit in units or build.units()
        ]
    if json:
        print(codec.dumps([found.to_json() for found in proofs], indent=1))
    else:
        for found in proofs:
            terminal.show_proof(out, found)
    raise typer.Exit(0 if all(found.holds for found in proofs) else 1)


@app.command()
def calibrate(
    unit: str,
    seeds: Annotated[int, typer.Option(help="Training runs a threshold.", min=5)] = 20,
) -> None:
    """Thresholds of what is trained, from many seeds of the reference; some minutes.

    Example: course calibrate gru --seeds 20
    """
    from . import calibrate as calibration
    from . import long_lag

    calibration.model_of(unit)
    with progress_bar("Training") as bar:
        task = bar.add_task("", total=None)

        def progress(name: str, value: float) -> None:
            bar.update(task, description=f"{name} {value:.4g}", advance=1)

        found = calibration.calibrate(unit, seeds, progress)
        if unit == long_lag.UNIT:
            found["long_lag_threshold"] = long_lag.calibrate(seeds, progress)["threshold"]
    shown = ("short_threshold", "threshold", "long_lag_threshold", "ladder")
    out.print_json(data={name: found[name] for name in shown if name in found})


@app.command()
def demo(
    out_dir: Annotated[Path, typer.Option("--out", help="Where the course goes.")] = Path("demo"),
    lang: Annotated[str, typer.Option(help="en or zh.")] = "en",
    jobs: Annotated[int, typer.Option(help="Submissions at once; 0: two a core.", min=0)] = 0,
    isolation: Isolation = None,
) -> None:
    """The whole life of a made-up class, offline: release, submit, grade, feedback, report.

    Example: course demo --out /tmp/demo
    """
    from . import demo as demonstration
    from . import terminal
    from .sandbox.parent import available

    works, reason, remedy = available()
    isolation = isolation or ("bubblewrap" if works else "process")
    warn_of_isolation(isolation, "" if works else f"{reason}. {remedy}")
    with progress_bar("Demo") as bar:
        task = bar.add_task("making the course", total=None)
        folder, result = demonstration.run(
            out_dir,
            _language(lang) or "en",
            jobs=jobs,
            isolation=isolation,
            progress=lambda who, done, total: bar.update(
                task, description=who, completed=done, total=total or None
            ),
        )
    terminal.show_class(out, result, folder, demonstration.UNIT, demonstration.WHO)
    terminal.show_where(out, folder, demonstration.UNIT, result)


for command in (
    cli_grade.grade,
    cli_class.export,
    cli_class.similarity,
    cli_models.train,
    cli_models.sample,
    cli_models.ladder,
    cli_mutants.mutants,
):
    app.command()(command)


@app.command()
def doctor(json: Json = False) -> None:
    """What works on this machine: sandbox, TensorFlow, nbgrader, corpora.

    Example: course doctor
    """
    import json as codec

    from . import doctor as examination
    from . import terminal

    findings = examination.examine()
    if json:
        print(codec.dumps([finding.__dict__ for finding in findings], indent=1))
    else:
        terminal.show_findings(out, findings)
    raise typer.Exit(0 if all(finding.works for finding in findings if finding.needed) else 1)


def _language(language: str | None) -> str | None:
    if language not in (None, "en", "zh"):
        raise typer.BadParameter(f"language is {language!r}; expected en or zh")
    return language


if __name__ == "__main__":
    main()
