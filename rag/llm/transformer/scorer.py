"""A cross-encoder whose graph comes with its package, on onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime

from rag.llm.transformer.session import open_session, options


class Scorer:
    """Runs one pair at a time, so that its logit depends on its texts alone.

    A graph by `quantize_dynamic` takes the largest activation of a whole call as its scale: in a
    batch the logit of a pair changes with what stands beside it.
    """

    def __init__(self, path: Path) -> None:
        """Hand the file to onnxruntime; takes a tenth of a second or two."""
        chosen = options()
        # This graph takes 60 MB of a full window in many small pieces, of which malloc gives half
        # back. An arena takes them at once, and shrinks behind each call.
        chosen.enable_cpu_mem_arena, chosen.enable_mem_pattern = True, False
        self._session = open_session(path, chosen)
        self._shrinking = onnxruntime.RunOptions()
        self._shrinking.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    def score(self, tokens: list[int], second: int) -> float:
        """Return the logit of tokens, of which those from the place `second` are the second text's.

        Other threads go on meanwhile.
        """
        ids = np.array([tokens], np.int64)
        kinds = np.zeros_like(ids)
        kinds[:, second:] = 1
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        return float(self._session.run(None, given, self._shrinking)[0][0, 0])
