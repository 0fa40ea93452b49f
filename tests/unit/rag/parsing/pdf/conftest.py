from collections.abc import Callable, Sequence

import pytest

Show = Callable[..., str]


@pytest.fixture
def show() -> Show:
    """Write the operators that show a text with its base line at x, y from the top left."""

    def write(x: float, y: float, text: str, size: float = 10, font: str = "F1") -> str:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"BT /{font} {size} Tf {x} {800 - y} Td ({escaped}) Tj ET\n"

    return write


@pytest.fixture
def lines(show: Show) -> Show:
    """Write lines of text below each other, the first with its base line at x, y."""

    def write(x: float, y: float, texts: Sequence[str], pitch: float = 13, **how: object) -> str:
        return "".join(show(x, y + pitch * index, text, **how) for index, text in enumerate(texts))

    return write


@pytest.fixture
def grid() -> Callable[[Sequence[float], Sequence[float]], str]:
    """Draw the rules of a table at these distances from the left and from the top."""

    def draw(xs: Sequence[float], ys: Sequence[float]) -> str:
        across = [f"{xs[0]} {800 - y} m {xs[-1]} {800 - y} l S\n" for y in ys]
        down = [f"{x} {800 - ys[0]} m {x} {800 - ys[-1]} l S\n" for x in xs]
        return "".join(across + down)

    return draw
