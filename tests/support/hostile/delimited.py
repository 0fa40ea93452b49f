"""Tables and JSON with names that are very long or very many."""

from tests.support.hostile.packages import times


def wide(scale: float) -> bytes:
    """Write 50,000 columns above as many rows of one cell."""
    number = times(scale, 50_000)
    header = ",".join(f"c{index}" for index in range(number))
    return f"{header}\n".encode() + b"x,1\n" * number


def open_quotes(scale: float) -> bytes:
    """Open a quote in each of 50,000 lines and close none."""
    return b"id,remark\n" + b'1,"never\n' * times(scale, 50_000)


def long_name(scale: float) -> bytes:
    """Write a column whose name has 130,000 letters above 10,000 rows."""
    return f"{'n' * 130_000},b\n".encode() + b"1,2\n" * times(scale, 10_000)


def long_key(scale: float) -> bytes:
    """Write a key of 20,000 letters above 1,000 values."""
    values = ",".join(f'"k{number}":{{"v":1}}' for number in range(times(scale, 1000)))
    return f'{{"{"k" * 20_000}":{{{values}}}}}'.encode()
