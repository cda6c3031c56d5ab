"""Reads what stands below the fields of models, for those who publish their schemas. Reads source files."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel


def describe_schemas(schemas: dict[str, Any], models: Iterator[type[BaseModel]]) -> None:
    """Put the docstrings of fields into JSON Schemas of these models, by the models' names, where they say nothing yet.

    Pydantic can do it too, when a class is made: that doubles the time in which every command starts.
    """
    by_name = {model.__name__: model for model in models}
    for name, schema in schemas.items():
        if name not in by_name:
            continue
        for field, text in _read_docs(by_name[name]).items():
            properties = schema.get("properties", {})
            if field in properties and "description" not in properties[field]:
                properties[field] = {**properties[field], "description": text}


def list_models(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model that derives from this one."""
    for model in base.__subclasses__():
        yield model
        yield from list_models(model)


@cache
def _read_docs(model: type[BaseModel]) -> dict[str, str]:
    """Docstrings below the fields of a model and of those that it derives from."""
    docs: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base.__module__.startswith(__package__.partition(".")[0]):
            docs.update(_read_own_docs(base))
    return docs


def _read_own_docs(model: type[BaseModel]) -> dict[str, str]:
    tree = ast.parse(inspect.getsource(inspect.getmodule(model) or model))
    found = next((node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == model.__name__), None)
    docs: dict[str, str] = {}
    for field, after in zip(found.body, found.body[1:], strict=False) if found else ():
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            text = after.value.value if isinstance(after.value, ast.Constant) else None
            if isinstance(text, str):
                docs[field.target.id] = " ".join(text.split())
    return docs
