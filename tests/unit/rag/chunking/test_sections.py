"""Laws, books, manuals and papers, cut where their parts begin, and mails by message."""

from pathlib import Path

import pytest

from rag.chunking.base import ChunkOptions
from rag.chunking.registry import find_chunker
from rag.parsing.base import ParseOptions
from rag.parsing.registry import find_parser
from rag.tokenizing.counting import count_tokens
from rag.types import ChunkDraft


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keep the files of a test."""
    return tmp_path


def cut(method: str, folder: Path, name: str, text: str, limit: int = 512) -> list[ChunkDraft]:
    path = folder / name
    path.write_text(text)
    pages = find_parser(name)(path, name, ParseOptions())
    return list(find_chunker(method)(pages, ChunkOptions(chunk_token_num=limit), count_tokens))


def contents(drafts: list[ChunkDraft]) -> list[str]:
    return [draft.content for draft in drafts]


LAW = """Light Act

PART I
General

Chapter 1 Scope

Article 1
Lamps

This Act applies to lamps.

Article 2. Every lamp shall burn.

Article 1 of this Act applies to oil lamps as well.

CHAPTER II. DUTIES

Art. 3a (1) Who keeps a lamp shall trim it.

§ 4 Fines

Who does not is fined. Section 2 tells how much.
"""


def test_an_article_is_a_chunk_under_its_chapter(folder: Path) -> None:
    drafts = cut("laws", folder, "law.txt", LAW)
    part = "PART I General"
    assert contents(drafts) == [
        "Light Act",
        f"{part}\nChapter 1 Scope\nArticle 1 Lamps\nThis Act applies to lamps.",
        "Article 2.\nEvery lamp shall burn.\nArticle 1 of this Act applies to oil lamps as well.",
        "CHAPTER II. DUTIES\nArt. 3a\n(1) Who keeps a lamp shall trim it.",
        "§ 4 Fines\nWho does not is fined. Section 2 tells how much.",
    ]
    assert [draft.headings for draft in drafts] == [
        (),
        (part, "Chapter 1 Scope", "Article 1 Lamps"),
        (part, "Chapter 1 Scope", "Article 2."),
        (part, "CHAPTER II. DUTIES", "Art. 3a"),
        (part, "CHAPTER II. DUTIES", "§ 4 Fines"),
    ]


CHINESE_LAW = """目 录
第一章 总则
第二章 职责

第一章 总则

第一条 灯塔归国家。

第二章 职责

第二条　应点灯。
"""


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        (
            CHINESE_LAW,
            [("第一章 总则", "第一条"), ("第二章 职责", "第二条")],
        ),
        (
            "제1장 총칙\n\n제1조(목적) 이 법은 등대를 정한다.\n\n제2조 등대는 국가의 것이다.",
            [("제1장 총칙", "제1조"), ("제1장 총칙", "제2조")],
        ),
        (
            "Titre I\n\nArticle 1er\n\nUn.\n\nArticle 2 Les phares brûlent.\n\nArticle 3 dit tout.",
            [("Titre I", "Article 1er"), ("Titre I", "Article 2")],
        ),
        (
            "Kapitel 1 Allgemeines\n\nArtikel 1\n\nEins.\n\nArtikel 2\n\nZwei.",
            [("Kapitel 1 Allgemeines", "Artikel 1"), ("Kapitel 1 Allgemeines", "Artikel 2")],
        ),
        (
            "ГЛАВА 1\n\nСтатья 1. Общие положения\n\nМаяки горят.\n\nСтатья 2\n\nВсегда.",  # noqa: RUF001 - Russian
            [("ГЛАВА 1", "Статья 1. Общие положения"), ("ГЛАВА 1", "Статья 2")],
        ),
    ],
)
def test_articles_of_other_languages(
    folder: Path, text: str, articles: list[tuple[str, ...]]
) -> None:
    found = [draft.headings for draft in cut("laws", folder, "law.txt", text)]
    assert [path for path in found if len(path) > 1] == articles


def test_a_long_article_keeps_its_number(folder: Path) -> None:
    text = "Chapter 1\n\nArticle 9\n\n" + "Every lamp shall burn all night. " * 20
    drafts = cut("laws", folder, "law.txt", text, limit=40)
    assert len(drafts) > 2
    assert {draft.headings for draft in drafts} == {("Chapter 1", "Article 9")}


BOOK = """THE LAMP

Contents
Chapter 1 The Storm ..... 3
Chapter 2 The Calm ..... 9

Chapter 1
The Storm

It blew hard. Chapter 2 of the log says so.

Chapter 2
The Calm

It was still.

EPILOGUE

All went home.
"""


def test_chapters_are_apart_and_their_list_is_left_out(folder: Path) -> None:
    assert contents(cut("book", folder, "book.txt", BOOK)) == [
        "THE LAMP",
        "Chapter 1 The Storm\nIt blew hard. Chapter 2 of the log says so.",
        "Chapter 2 The Calm\nIt was still.",
        "EPILOGUE\nAll went home.",
    ]


def test_what_only_looks_like_contents_stays(folder: Path) -> None:
    text = "# Menu\n\nSoup ..... 5\n\nFish ..... 9\n\n# Contents\n\nA box holds lamps."
    assert contents(cut("book", folder, "menu.md", text)) == [
        "Menu\nSoup ..... 5\nFish ..... 9\nA box holds lamps."
    ]


MANUAL = """# Pump 9

## 1 Safety

Wear gloves.

### 1.1 Power

Pull the plug.

## 2 Use

1. Open.
2. Close.

| Error | Means |
|---|---|
| E1 | dry |

## Spare parts

A wheel.
"""


def test_sections_of_a_manual_are_apart(folder: Path) -> None:
    drafts = cut("manual", folder, "manual.md", MANUAL)
    assert [(draft.content, draft.headings[1:]) for draft in drafts] == [
        ("Pump 9\n1 Safety\nWear gloves.", ("1 Safety",)),
        ("1.1 Power\nPull the plug.", ("1 Safety", "1.1 Power")),
        ("2 Use\n1. Open.\n2. Close.\nError | Means\nE1 | dry", ("2 Use",)),
        ("Spare parts\nA wheel.", ("Spare parts",)),
    ]


def test_numbers_make_titles_of_lines_but_not_of_lists(folder: Path) -> None:
    text = "1 Safety\n\nBe safe.\n\n1.1 Power\n\nOff.\n\n1. Open it\n\n2. Close it\n\n2 Use\n\nGo."
    found = [draft.headings for draft in cut("manual", folder, "manual.txt", text)]
    assert found == [("1 Safety",), ("1 Safety", "1.1 Power"), ("2 Use",)]


PAPER = """On Lamps

A. Author

Abstract
We study lamps.

1 Introduction

Lamps burn.

1.1 Oil

Oil burns.

2 Methods

We lit them.

References

[1] Lamp, 1900.
"""


def test_sections_of_a_paper_have_what_is_below_them(folder: Path) -> None:
    assert contents(cut("paper", folder, "paper.txt", PAPER)) == [
        "On Lamps\nA. Author",
        "Abstract\nWe study lamps.",
        "1 Introduction\nLamps burn.\n1.1 Oil\nOil burns.",
        "2 Methods\nWe lit them.",
        "References\n[1] Lamp, 1900.",
    ]


MAIL = """From: a@example.org
To: b@example.org
Subject: Lamp
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=X

--X
Content-Type: text/plain

The lamp is out.

--X
Content-Type: text/markdown; name=notes.md
Content-Disposition: attachment; filename=notes.md

# Notes

Trim it.

--X
Content-Type: message/rfc822

From: c@example.org
Subject: Old lamp

It was lit.

--X--
"""


def test_a_message_and_its_attachments_are_apart(folder: Path) -> None:
    drafts = cut("email", folder, "mail.eml", MAIL)
    assert [(draft.content, draft.headings) for draft in drafts] == [
        ("Lamp\nFrom: a@example.org\nTo: b@example.org\nThe lamp is out.", ("Lamp",)),
        ("Attachment: notes.md\nNotes\nTrim it.", ("Lamp", "Attachment: notes.md", "Notes")),
        ("Old lamp\nFrom: c@example.org\nIt was lit.", ("Lamp", "Old lamp")),
    ]


QUESTIONS = """Q: What burns?
A: The lamp.
Frage: Was brennt?
Antwort: Die Lampe.
问题：什么在燃烧？
答案：灯。
Pregunta 4: ¿Qué arde?
Respuesta: La lámpara.
"""


def test_questions_in_four_languages(folder: Path) -> None:
    drafts = cut("qa", folder, "qa.txt", QUESTIONS)
    assert [draft.content.split("\t")[1] for draft in drafts] == [
        "Answer: The lamp.",
        "Answer: Die Lampe.",
        "Answer: 灯。",
        "Answer: La lámpara.",
    ]


def test_a_numbered_list_of_questions(folder: Path) -> None:
    text = "1. What burns?\nThe lamp:\n1. at night\n2. in storms\n2. What blows?\nThe wind."
    assert contents(cut("qa", folder, "qa.txt", text)) == [
        "Question: What burns?\tAnswer: The lamp:\n1. at night\n2. in storms",
        "Question: What blows?\tAnswer: The wind.",
    ]
