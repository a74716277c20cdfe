"""Model matrices from formulas such as ``~ ablat * I(year - 1948)``, as R builds them.

Numbers, factors (treatment coding, first level the reference), interactions with ``*`` and ``:``,
``- 1`` for no intercept, and arithmetic inside ``I()``, ``log()``, ``sqrt()``, ``exp()``.
"""

import ast
import re
from dataclasses import dataclass

import numpy as np

from .errors import NotPoolable
from .ordering import in_order

FUNCTIONS = {"I": lambda x: x, "log": np.log, "sqrt": np.sqrt, "exp": np.exp, "log2": np.log2}
OPERATORS = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
    ast.Pow: np.power,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ModelMatrix:
    """``X`` (n, p), the names of its columns, and for each the term it belongs to (0: intercept).

    A row with a missing value is NaN. ``response`` is the name left of ``~``, or None.
    """

    X: np.ndarray
    names: tuple
    assign: tuple
    terms: tuple
    response: str | None
    levels: dict


def model_matrix(formula, columns, *, levels=None, intercept="intrcpt"):
    """The `ModelMatrix` of ``formula`` for ``columns``, a mapping from names to arrays or lists.

    Text columns, and those named in ``levels`` (which gives their order), are factors; otherwise
    levels are in alphabetical order. ``intercept`` is what its column is called. Raises
    `NotPoolable` for an unknown column, a factor with one level, or a formula it cannot read.
    """
    response, right = _sides(formula)
    terms, has_intercept = _terms(right)
    builder = _Builder(columns, dict(levels or {}))
    blocks, names, assign = [], [], []
    if has_intercept:
        blocks.append(np.ones((builder.n, 1)))
        names.append(intercept)
        assign.append(0)
    present = {frozenset(factors) for factors in terms}
    present |= {frozenset()} if has_intercept else set()
    for number, factors in enumerate(terms, start=1):
        block, block_names = builder.term(factors, present)
        blocks.append(block)
        names += block_names
        assign += [number] * len(block_names)
    labels = tuple(":".join(factors) for factors in terms)
    X = np.hstack(blocks) if blocks else np.zeros((builder.n, 0))
    return ModelMatrix(X, tuple(names), tuple(assign), labels, response, builder.levels)


def _sides(formula):
    left, tilde, right = formula.partition("~")
    if not tilde:
        raise NotPoolable(f"a formula needs a tilde, as in '~ dose'; got {formula!r}")
    return left.strip() or None, right.strip()


def _split(text, marks):
    """Pieces of ``text`` with the mark before each, looking only outside parentheses."""
    pieces, depth, start, mark = [], 0, 0, marks[0]
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character in marks:
            if text[start:i].strip():
                pieces.append((mark, text[start:i].strip()))
            mark, start = character, i + 1
    pieces.append((mark, text[start:].strip()))
    return pieces


def _terms(right):
    """Terms as tuples of factors, main effects first, and whether there is an intercept."""
    found, intercept = [], True
    for sign, piece in _split(right, "+-"):
        if piece in ("1", "0", ""):
            intercept = (piece == "1") == (sign == "+") if piece else intercept
            continue
        crossed = [factor for _, factor in _split(piece, "*")]
        expanded = [()]
        for part in crossed:
            inner = tuple(factor for _, factor in _split(part, ":"))
            expanded += [(*before, *inner) for before in expanded]
        for term in expanded[1:]:
            if sign == "-":
                found = [t for t in found if set(t) != set(term)]
            elif all(set(t) != set(term) for t in found):
                found.append(term)
    return sorted(found, key=len), intercept


class _Builder:
    """Columns of single factors and their products."""

    def __init__(self, columns, levels):
        self.columns, self.levels = columns, levels
        self.n = len(next(iter(columns.values()))) if columns else 0

    def term(self, factors, present):
        """Columns and names of a term.

        A factor has a column for each level, the first one included, when the term without it is
        not in the model (R's rule); the first such main effect stands in for the intercept.
        """
        block, names = np.ones((self.n, 1)), [""]
        for factor in factors:
            rest = frozenset(factors) - {factor}
            part, part_names, is_factor = self.single(factor, rest not in present)
            if is_factor and not rest:
                present.add(frozenset())
            block = (part[:, :, None] * block[:, None, :]).reshape(self.n, -1)
            names = [f"{a}:{b}" if a else b for b in part_names for a in names]
        return block, names

    def single(self, factor, full):
        inner = re.fullmatch(r"factor\((.*)\)", factor)
        name = inner.group(1).strip() if inner else factor
        values = self.columns.get(name)
        if values is not None and (inner or name in self.levels or _is_text(values)):
            return self.dummies(factor, name, values, full)
        return self.number(factor)[:, None], [factor], False

    def dummies(self, label, name, values, full):
        values = [None if _missing(v) else v for v in values]
        known = {v for v in values if v is not None}
        levels = self.levels.setdefault(name, in_order(known))
        if len(levels) < 2 and not full:
            raise NotPoolable(f"{name} is {levels[0] if levels else 'missing'} in every study")
        unknown = known - set(levels)
        if unknown:
            raise NotPoolable(f"{name} has values that are not among its levels: {sorted(unknown)}")
        block = np.array([[np.nan if v is None else float(v == x) for x in levels] for v in values])
        names = [f"{label}{_level(x)}" for x in levels]
        return (block, names, True) if full else (block[:, 1:], names[1:], True)

    def number(self, text):
        try:
            tree = ast.parse(text.replace("^", "**"), mode="eval").body
        except SyntaxError as problem:
            raise NotPoolable(f"cannot read {text!r} in the formula") from problem
        with np.errstate(all="ignore"):
            return np.broadcast_to(self.evaluate(tree, text), (self.n,)).astype(float)

    def evaluate(self, node, text):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            return self.column(node.id)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left, right = self.evaluate(node.left, text), self.evaluate(node.right, text)
            return OPERATORS[type(node.op)](left, right)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.evaluate(node.operand, text)
        is_call = isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords
        if is_call and getattr(node.func, "id", "") in FUNCTIONS:
            return FUNCTIONS[node.func.id](self.evaluate(node.args[0], text))
        raise NotPoolable(f"cannot read {text!r} in the formula")

    def column(self, name):
        if name not in self.columns:
            raise NotPoolable(f"there is no column {name!r}; got {', '.join(self.columns)}")
        values = self.columns[name]
        if _is_text(values):
            raise NotPoolable(f"{name} holds words, so it cannot be calculated with")
        return np.array([np.nan if v is None else v for v in values], float)


def _is_text(values):
    return any(isinstance(v, str) for v in values)


def _missing(value):
    return value is None or (isinstance(value, float) and np.isnan(value))


def _level(x):
    return f"{x:g}" if isinstance(x, float) else str(x)
