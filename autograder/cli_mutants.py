"""`course mutants`: small slips made by a machine in the reference, and which the checks catch."""

from __future__ import annotations

import json as codec
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .console import out, progress_bar

if TYPE_CHECKING:  # judging imports NumPy and more; `course --help` needs none of it
    from .mutation import Mutation, Result


def mutants(
    units: Annotated[
        list[str] | None, typer.Argument(help="Default: all that have checks.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(help="So many mutants of each unit; default: all.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the sample.", min=0)] = 0,
    jobs: Annotated[int, typer.Option(help="Mutants at once; 0: one a core.", min=0)] = 0,
    isolation: Annotated[
        str, typer.Option(help='"bubblewrap", or "process": the mutants are our own code.')
    ] = "bubblewrap",
    json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Slips made by a machine in the reference solutions: which the checks catch.

    Example: course mutants gru --sample 100
    """
    from . import check, mutation

    chosen, found = units or list(check.units()), []
    for unit in chosen:
        check.registry(unit)
    with progress_bar("Mutants", shown=not json) as bar:
        for unit in chosen:
            task = bar.add_task(unit, total=None)
            found.append(
                mutation.mutate(
                    unit,
                    isolation,
                    sample=sample,
                    seed=seed,
                    jobs=jobs,
                    progress=lambda name, done, total, task=task: bar.update(  # type: ignore[misc]
                        task, description=name, completed=done, total=total
                    ),
                )
            )
    if json:
        print(codec.dumps([each.to_json() for each in found], indent=1, ensure_ascii=False))
    else:
        show(out, found)
    raise typer.Exit(0 if all(each.holds for each in found) else 1)


def show(console: Console, found: list[Mutation]) -> None:
    """A line for each unit; then every survivor, with the reason where there is one."""
    table = Table(title="mutants of the reference", box=None, header_style="bold")
    table.add_column("unit")
    for name in ("made", "run", "caught", "by raising", "equivalent", "missed", "score", "seconds"):
        table.add_column(name, justify="right")
    for each in found:
        numbers = [each.made, len(each.results), len(each.caught), each.raised]
        numbers += [len(each.equivalent), len(each.missed)]
        share = f"[{'green' if each.holds else 'bold red'}]{each.score:.2%}[/]"
        table.add_row(each.unit, *map(str, numbers), share, f"{each.seconds:.0f}")
    console.print(table)
    for each in found:
        for result in each.equivalent:
            console.print(f"[dim]= {_line(result)}[/]", soft_wrap=True)
        for result in each.missed:
            console.print(f"[red]✗[/] {_line(result)}", soft_wrap=True)
        for listed in each.stale:
            console.print(
                f"[red]✗[/] {each.unit}: listed as equivalent, but no mutant survives that is "
                f"{escape(f'{listed.definition}: {listed.before}  →  {listed.after}')}",
                soft_wrap=True,
            )


def _line(result: Result) -> str:
    mutant, why = result.mutant, ""
    if result.equivalent is not None:
        why = f"   ({result.equivalent.reason})"
    elif result.outcome == "error":
        why = f"   (the grader failed in {result.check}: {result.message})"
    return escape(f"{mutant.unit}, line {mutant.line} of {mutant.cell}: {mutant}{why}")
