"""How the parts of laws, books, manuals and papers are marked, in several languages."""

import re
from dataclasses import dataclass

FIRST_MARK = 10
"""The level of the topmost marked heading; those that only a file marks as headings have 1 to 9."""

BELOW_MARKS = 30
"""What is added to the level of a heading that stands under a marked one without a mark."""

_SPELLED = "One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten"
_LATIN = rf"(?:\d+(?:er|re|bis|ter|[a-z])?(?:[.\-]\d+)*[º°]?|[IVXLCDM]+|{_SPELLED})"
_HAN = r"(?:[〇零一二三四五六七八九十百千\d]+)"
# What a reference to an article goes on with, as in "Article 5 applies", is no title.
_AFTER_LATIN = r"(?=\s*$|[.:)]|\s*[–—-]\s|\s+[(\[\"“«]|\s+(?!\d)[^\W\d_a-zà-öø-ÿ])"
_AFTER_HAN = r"(?=\s*$|[\s:：（(、\uff0e.])"


def _mark(words: str, han: str, *, others: str = "") -> re.Pattern[str]:
    """Return what matches a mark: a word and its number, or a number between 第 (제) and a unit."""
    # Words as they are written at the beginning of a line: first letter, or all, in capitals.
    spelled = "|".join(f"{word}|{word.upper()}" for word in words.split())
    kinds = [rf"(?:{spelled})\s+{_LATIN}{_AFTER_LATIN}", rf"[第제]\s*{_HAN}\s*[{han}]{_AFTER_HAN}"]
    return re.compile("|".join([*kinds, others] if others else kinds))


_PARTS = _mark("Part Title Book Teil Buch Partie Livre Titre Parte Título Libro Часть", "编編部편")
_CHAPTERS = _mark("Chapter Kapitel Chapitre Capítulo Capitolo Hoofdstuk Глава", "章장")
_SECTIONS = _mark("Section Abschnitt Sección Sezione Seção Afdeling Раздел", "节節절")
_ARTICLES = _mark(
    "Article Artikel Artículo Articolo Artigo Статья Clause Rule Regulation",
    "条條조",
    others=rf"(?:Art\.|§{{1,2}})\s*{_LATIN}{_AFTER_LATIN}",
)
_OF_BOOKS = _mark("Chapter Kapitel Chapitre Capítulo Capitolo Hoofdstuk Глава", "章回話话卷장")
_AROUND = re.compile(
    r"(?i:prologue|epilogue|preface|foreword|afterword|introduction|appendix(?:\s+\w{1,3})?"
    r"|vorwort|nachwort|prolog|epilog|anhang|préface|avant-propos|prólogo|epílogo|序章?|终章|"
    r"終章|前言|後記|后记|あとがき|まえがき)\s*$"
)
_OF_PAPERS = re.compile(
    r"(?i:abstract|summary|keywords|introduction|background|related work"
    r"|(?:materials and )?methods?|methodology|experiments?|evaluation"
    r"|results(?: and discussion)?|discussion|conclusions?"
    r"|acknowledge?ments?|references|bibliography|appendix(?:\s+\w{1,3})?"
    r"|zusammenfassung|einleitung|ergebnisse|literatur(?:verzeichnis)?|résumé|références"
    r"|resumen|introducción|conclusiones|referencias"
    r"|摘\s*要|关键词|引\s*言|绪论|结论|讨论|参考文献|致谢|要旨|はじめに|結論|おわりに|参考文献)"
    r"\s*[:：]?\s*$"
)


@dataclass(frozen=True, slots=True)
class Outline:
    """How a kind of document is divided.

    `marks` begin a line that opens a part, the topmost first; they have the levels from
    `FIRST_MARK` on. Of lines that are `numbered`, as in "2.3 Lamps", the depth of the number is the
    level. A heading up to the level `opens` ends the chunk before it. With `inline` text may follow
    a mark on its line. `without_contents` leaves a table of contents out.
    """

    opens: int
    marks: tuple[re.Pattern[str], ...] = ()
    numbered: bool = False
    inline: bool = False
    without_contents: bool = False


LAWS = Outline(
    opens=FIRST_MARK + 3,
    marks=(_PARTS, _CHAPTERS, _SECTIONS, _ARTICLES),
    inline=True,
    without_contents=True,
)
BOOK = Outline(
    opens=FIRST_MARK + 1,
    marks=(_PARTS, re.compile(f"{_OF_BOOKS.pattern}|{_AROUND.pattern}")),
    without_contents=True,
)
MANUAL = Outline(
    opens=BELOW_MARKS + FIRST_MARK,
    marks=(_CHAPTERS,),
    numbered=True,
    without_contents=True,
)
PAPER = Outline(opens=FIRST_MARK, marks=(_OF_PAPERS,), numbered=True)
