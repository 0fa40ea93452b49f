"""Print the fields that a published client knows of its requests, by the type of each.

A type is named as `module:Name`: a class of pydantic, a typed dictionary, or a function.
"""

import inspect
import json
import sys
from functools import reduce
from importlib import import_module


def fields_of(place: str) -> list[str]:
    """Return the names of the fields of a type, or of what a function takes."""
    module, _, name = place.partition(":")
    found = reduce(getattr, name.split("."), import_module(module))
    if inspect.isfunction(found):
        return [field for field in inspect.signature(found).parameters if field != "self"]
    return list(getattr(found, "model_fields", None) or found.__annotations__)


print(json.dumps({place: sorted(fields_of(place)) for place in sys.argv[1:]}))
