"""Texts with light marks."""

from collections.abc import Callable

import pytest

from rag.types import Block

BlocksOf = Callable[[str, bytes], list[Block]]

RST = """=====
Lamps
=====

A paragraph of words.

Use
---

More::

    code here

Care
^^^^
Clean it.

Short
--
not a title
"""
ORG = """* TODO Lamps  :home:
Words of it.
** Use
#+BEGIN_SRC python
  x = 1

* not a title
#+END_SRC
"""
ADOC = """= Lamps

Words.

=== Use ===
----
x = 1

== no title
----
"""
TEX = r"""\documentclass[11pt]{article} % no words
\title{Lamps}
\begin{document}
\section*{Use \emph{well}}\label{use}
It is \textbf{very \emph{bright}} at 50\,\% of $x^2$; costs 5\% more.
\begin{itemize}
\item one
\item[b] two
\end{itemize}
\begin{verbatim}
% \section{no}
\end{verbatim}
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "a.rst",
            RST,
            [
                ("heading", 1, "Lamps"),
                ("text", 0, "A paragraph of words."),
                ("heading", 2, "Use"),
                ("text", 0, "More::"),
                ("text", 0, "    code here"),
                ("heading", 3, "Care"),
                ("text", 0, "Clean it."),
                ("text", 0, "Short\n--\nnot a title"),
            ],
        ),
        (
            "a.org",
            ORG,
            [
                ("heading", 1, "Lamps"),
                ("text", 0, "Words of it."),
                ("heading", 2, "Use"),
                ("code", 0, "  x = 1\n\n* not a title"),
            ],
        ),
        (
            "a.adoc",
            ADOC,
            [
                ("heading", 1, "Lamps"),
                ("text", 0, "Words."),
                ("heading", 3, "Use"),
                ("code", 0, "x = 1\n\n== no title"),
            ],
        ),
        (
            "a.tex",
            TEX,
            [
                ("heading", 1, "Lamps"),
                ("heading", 2, "Use well"),
                ("text", 0, "It is very bright at 50\\,% of $x^2$; costs 5% more."),
                ("text", 0, "-  one\n- b  two"),
                ("code", 0, "% \\section{no}"),
            ],
        ),
    ],
)
def test_headings_code_and_words_are_told(
    blocks_of: BlocksOf, name: str, text: str, expected: list[tuple[str, int, str]]
) -> None:
    found = blocks_of(name, text.encode())
    assert [(block.kind.value, block.level, block.text) for block in found] == expected


def test_code_without_end_is_read(blocks_of: BlocksOf) -> None:
    (block,) = blocks_of("a.adoc", b"----\nx = 1\n")
    assert (block.kind, block.text) == ("code", "x = 1")
