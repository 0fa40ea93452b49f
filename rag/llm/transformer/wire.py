"""ONNX models as bytes, without the `onnx` package.

A model is a protocol buffer (https://onnx.ai/onnx/intro/, fields by number in onnx.proto3). The few
messages that a graph takes are written here; the package would take 60 MB and 0.4 s for that.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_IR_VERSION = 10
_OPSET = 18
CONTRIBUTED = "com.microsoft"
"""The domain of operators that onnxruntime brings."""

_SEVEN_BITS = 0x7F
_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_FLOAT_ATTRIBUTE, _INT_ATTRIBUTE = 1, 2
_FLOAT = 1
_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int64": 7}
"""`TensorProto.DataType` by what numpy calls it."""

Attribute = int | float


def _varint(number: int) -> bytes:
    """Return a whole number in groups of 7 bits; a negative one as its two's complement."""
    number &= (1 << 64) - 1
    groups = bytearray()
    while number > _SEVEN_BITS:
        groups.append(number & _SEVEN_BITS | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _number(place: int, value: int) -> bytes:
    return _varint(place << 3 | _VARINT) + _varint(value)


def _message(place: int, content: bytes | str) -> bytes:
    encoded = content.encode() if isinstance(content, str) else content
    return _varint(place << 3 | _BYTES) + _varint(len(encoded)) + encoded


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, int):
        told = _number(3, value) + _number(20, _INT_ATTRIBUTE)
    else:
        told = _varint(2 << 3 | _FIXED32) + struct.pack("<f", value) + _number(20, _FLOAT_ATTRIBUTE)
    return _message(1, name) + told


def _tensor(name: str, value: NDArray[np.generic]) -> bytes:
    dims = b"".join(_number(1, size) for size in value.shape)
    kind = _number(2, _TYPES[value.dtype.name])
    return dims + kind + _message(8, name) + _message(9, value.tobytes())


def _floats(name: str, shape: Sequence[int | str]) -> bytes:
    """Return the description of an input or output; a size that is a word may be any."""
    sizes = [_number(1, one) if isinstance(one, int) else _message(2, one) for one in shape]
    dims = b"".join(_message(1, size) for size in sizes)
    return _message(1, name) + _message(2, _message(1, _number(1, _FLOAT) + _message(2, dims)))


@dataclass(slots=True)
class Graph:
    """A graph that is put together operator by operator; values are known by their names."""

    nodes: list[bytes] = field(default_factory=list)
    constants: dict[str, NDArray[np.generic]] = field(default_factory=dict)

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        """Add a constant, such as weights, and return its name."""
        self.constants[name] = value
        return name

    def apply(self, operator: str, *inputs: str, domain: str = "", **attributes: Attribute) -> str:
        """Apply an operator with one output, and return the name of that."""
        return self.apply_many(1, operator, *inputs, domain=domain, **attributes)[0]

    def apply_many(
        self, outputs: int, operator: str, *inputs: str, domain: str = "", **attributes: Attribute
    ) -> list[str]:
        """Apply an operator with several outputs, and return their names."""
        names = [f"{len(self.nodes)}.{number}" for number in range(outputs)]
        self.nodes.append(
            b"".join(_message(1, name) for name in inputs)
            + b"".join(_message(2, name) for name in names)
            + _message(4, operator)
            + b"".join(_message(5, _attribute(key, value)) for key, value in attributes.items())
            + _message(7, domain)
        )
        return names

    def model(
        self, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]
    ) -> bytes:
        """Return the model, with 32-bit floats of these shapes as inputs and outputs."""
        graph = (
            b"".join(_message(1, node) for node in self.nodes)
            + _message(2, "encoder")
            + b"".join(_message(5, _tensor(*item)) for item in self.constants.items())
            + b"".join(_message(11, _floats(*item)) for item in inputs.items())
            + b"".join(_message(12, _floats(*item)) for item in outputs.items())
        )
        versions = {"": _OPSET, CONTRIBUTED: 1}
        opsets = [_message(1, name) + _number(2, number) for name, number in versions.items()]
        told = b"".join(_message(8, opset) for opset in opsets)
        return _number(1, _IR_VERSION) + told + _message(7, graph)
