"""How onnxruntime is to run a model here."""

from pathlib import Path

import onnxruntime


def options() -> onnxruntime.SessionOptions:
    """Return options for a session that runs on the thread that asks, and keeps no memory."""
    chosen = onnxruntime.SessionOptions()
    # No threads of its own: processes share the processors, and may fork.
    chosen.intra_op_num_threads = chosen.inter_op_num_threads = 1
    # What a long text took is given back.
    chosen.enable_cpu_mem_arena = False
    return chosen


def open_session(
    model: bytes | Path, chosen: onnxruntime.SessionOptions
) -> onnxruntime.InferenceSession:
    """Return what runs a graph, given as bytes or by its file, on processors alone."""
    source = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(source, chosen, providers=["CPUExecutionProvider"])
