"""How dense the code is: syntax nodes a line, and names that could stand for anything.

python benchmarks/readability.py                 the package, its scripts and rules
python benchmarks/readability.py --worst 20      and the functions with the most nodes a line
python benchmarks/readability.py --folders A B   other code, to compare with

A function's density is the number of nodes in the syntax tree of its body, without the docstring,
divided by the lines from its first to its last statement.
"""

import argparse
import ast
from pathlib import Path
from statistics import median, quantiles

#: Names that could stand for anything.
VAGUE = ("found", "own", "given", "each")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What the project holds itself to: median and 90th percentile of nodes a line.
BOUNDS = (11, 15)


def functions(path):
    """Yield the functions of a Python file; none of a file that does not parse."""
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            yield node


def body(function):
    """Statements of a function without its docstring."""
    first, *rest = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(
        first.value, ast.Constant
    )
    return rest if is_docstring else function.body


def density(function):
    """Syntax nodes a line of a function; None if there is only a docstring."""
    statements = body(function)
    if not statements:
        return None
    nodes = sum(1 for statement in statements for _ in ast.walk(statement))
    lines = statements[-1].end_lineno - statements[0].lineno + 1
    return nodes / lines


def vague_names(function):
    """Names that say nothing among those that a function assigns."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return stored & set(VAGUE)


def measure(folders):
    """Density, place, name and vague names of every function."""
    rows = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.py")):
            for function in functions(path):
                nodes = density(function)
                if nodes is None:
                    continue
                place = f"{path}:{function.lineno}"
                vague = vague_names(function)
                rows.append((nodes, place, function.name, vague))
    return rows


def main():
    """Print the summary, and the worst functions if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folders", nargs="+", default=["workflow"])
    parser.add_argument("--worst", type=int, default=0)
    options = parser.parse_args()
    rows = measure(options.folders)
    densities = [row[0] for row in rows]
    high = quantiles(densities, n=10)[-1]
    vague = sum(bool(row[3]) for row in rows)
    print(f"{len(rows)} functions")
    print(f"nodes a line: median {median(densities):.1f}, 90 % {high:.1f}")
    print(f"aim: at most {BOUNDS[0]} and {BOUNDS[1]}")
    print(f"with a name of {', '.join(VAGUE)}: {vague}")
    for nodes, place, name, _ in sorted(rows, reverse=True)[: options.worst]:
        print(f"{nodes:6.1f}  {place}  {name}")


if __name__ == "__main__":
    main()
