"""Bringing vectors to unit length."""

import numpy as np

from rag.types import Matrix


def unit_rows(matrix: Matrix) -> Matrix:
    """Return `matrix` with each row at unit length; a row of zeros stays as it is."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    return np.asarray(matrix / lengths, dtype=np.float32)
