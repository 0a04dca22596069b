"""Price expressions: Python's grammar is close enough to read them, the values are our own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction

from tests.reference.money import Overflow

Value = Fraction | bool
Names = dict[str, Fraction]
Questions = dict[str, Callable[[str], bool]]
LARGEST = 10**12


def evaluate(text: str, names: Names, questions: Questions) -> Fraction:
    """The value of an expression; Overflow for a division by zero or a value beyond 10^12."""
    # `if` is a word of Python's own, so it is read under another name of equal length.
    source = text.replace("if(", "iF(").replace("if (", "iF (").strip()
    tree = ast.parse(source, mode="eval")
    return _number(_Evaluation(source, names, questions).value(tree.body))


class _Evaluation:
    def __init__(self, source: str, names: Names, questions: Questions) -> None:
        self.source, self.names, self.questions = source, names, questions

    def value(self, node: ast.expr) -> Value:
        found = self._value(node)
        if not isinstance(found, bool) and abs(found) > LARGEST:
            raise Overflow
        return found

    def _value(self, node: ast.expr) -> Value:
        if isinstance(node, ast.Constant):  # the text, as the node holds a float
            return Fraction(ast.get_source_segment(self.source, node) or "")
        if isinstance(node, ast.Name):
            return self.names[node.id]
        return self._composed(node)

    def _composed(self, node: ast.expr) -> Value:
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.BinOp):
            return self._binary(node)
        if isinstance(node, ast.BoolOp):
            return self._logic(node)
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        assert isinstance(node, ast.Call)
        assert isinstance(node.func, ast.Name)
        return self._call(node.func.id, node.args)

    def _unary(self, node: ast.UnaryOp) -> Value:
        if isinstance(node.op, ast.Not):
            return not self.value(node.operand)
        return -_number(self.value(node.operand))

    def _binary(self, node: ast.BinOp) -> Value:
        left, right = _number(self.value(node.left)), _number(self.value(node.right))
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Div) and right != 0:
            return left / right
        raise Overflow

    def _logic(self, node: ast.BoolOp) -> bool:
        if isinstance(node.op, ast.And):
            return all(bool(self.value(part)) for part in node.values)
        return any(bool(self.value(part)) for part in node.values)

    def _comparison(self, node: ast.Compare) -> bool:
        left = _number(self.value(node.left))
        right = _number(self.value(node.comparators[0]))
        compared = {
            ast.Lt: left < right,
            ast.LtE: left <= right,
            ast.Gt: left > right,
            ast.GtE: left >= right,
            ast.Eq: left == right,
            ast.NotEq: left != right,
        }
        return compared[type(node.ops[0])]

    def _call(self, function: str, arguments: list[ast.expr]) -> Value:
        if function in self.questions:
            (asked,) = arguments
            assert isinstance(asked, ast.Constant)
            return self.questions[function](str(asked.value))
        if function == "iF":
            condition, then, otherwise = arguments
            return self.value(then if self.value(condition) else otherwise)
        values = [_number(self.value(argument)) for argument in arguments]
        if function == "floor":
            return Fraction(values[0].numerator // values[0].denominator)
        if function == "ceil":
            return Fraction(-(-values[0].numerator // values[0].denominator))
        return {"min": min, "max": max}[function](values)


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction)
    return value
