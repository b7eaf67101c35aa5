"""One reading of an environment variable, in whatever way it is read."""

import ast
from dataclasses import dataclass

from dockerfiles.languages.python.sources import Module


@dataclass(frozen=True, slots=True)
class Read:
    """One place at which a variable is read; `default` None: none is given, or none that can be told."""

    name: str
    required: bool
    default: str | None
    module: Module
    line: int


def shown(node: ast.expr | None, module: Module) -> str | None:
    """Return a default as one would set it, None when it is no plain value."""
    match node:
        case ast.Constant(value=bool() as flag):
            return "true" if flag else "false"
        case ast.Constant(value=str() | int() | float() as value):
            return str(value)
        case ast.Name():
            constant = module.constants.get(node.id)
            return None if constant is None else str(constant)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return f"-{value}"
    return None
