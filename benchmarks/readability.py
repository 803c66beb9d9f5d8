"""How dense the code is: syntax nodes a line of every function, and words that say nothing.

python benchmarks/readability.py [FOLDER ...]    summary; by default of workflow
python benchmarks/readability.py --worst 20      the functions with the most nodes a line
"""

import ast

#: Names that could stand for anything.
VAGUE = ("found", "own", "given", "each")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def functions(path):
    """Yield every function of a file, with its file and dotted name."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            yield node


def body(function):
    """Statements of a function without its docstring."""
    first, *rest = function.body
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return rest if is_docstring else function.body


def code_lines(statements):
    """Numbers of the lines on which these statements have code: no comments, no blank lines."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    located = [node for node in nodes if hasattr(node, "lineno")]
    return {line for node in located for line in (node.lineno, node.end_lineno)}


def syntax_nodes(statements):
    """Number of nodes, without the contexts that every name carries."""
    nodes = [node for statement in statements for node in ast.walk(statement)]
    return sum(not isinstance(node, ast.expr_context) for node in nodes)


def density(function):
    """Syntax nodes a line of a function's body; None if it only has a docstring."""
    statements = body(function)
    if not statements:
        return None
    return syntax_nodes(statements) / len(code_lines(statements))


def vague_names(function):
    """Those of the names that say nothing which a function assigns."""
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return stored & set(VAGUE)
