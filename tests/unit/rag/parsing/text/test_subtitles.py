"""Subtitles: what is said, once, in sentences."""

from collections.abc import Callable

import pytest

TextsOf = Callable[[str, bytes], list[str]]


def test_cues_become_sentences_without_numbers_times_and_tags(texts_of: TextsOf) -> None:
    text = b"""1
00:00:01,000 --> 00:00:03,000
Welcome to the safety

2
00:00:03,000 --> 00:00:05,500
briefing. <i>Always</i> wear <font color="#ff0000">gloves</font> &amp; boots.
2 of them.

3
00:01:03,000 --> 00:01:05,500 X1:1 X2:2
{\\an8}The exit is on the left.
4
01:02:03,000 --> 01:02:05,500
5 < 7
"""
    assert texts_of("a.srt", text) == [
        "[00:01] Welcome to the safety briefing. Always wear gloves & boots. 2 of them.",
        "[01:03] The exit is on the left.",
        "[1:02:03] 5 < 7",
    ]


def test_captions_that_roll_up_say_each_line_once(texts_of: TextsOf) -> None:
    text = b"""WEBVTT
Kind: captions

00:00:00.160 --> 00:00:02.000 align:start position:0%
\x20
hello<00:00:00.480><c> and</c><00:00:00.640><c> welcome</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
hello and welcome
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
hello and welcome
to<00:00:02.300><c> the</c><00:00:02.500><c> show</c>

00:00:04.000 --> 00:00:06.000
to the show
today we cook
"""
    assert texts_of("a.vtt", text) == ["[00:00] hello and welcome to the show today we cook"]


def test_words_that_are_said_again_later_are_said_again(texts_of: TextsOf) -> None:
    text = b"""1
00:00:01,000 --> 00:00:02,000
No.

2
00:00:07,000 --> 00:00:08,000
No.
"""
    assert texts_of("a.srt", text) == ["[00:01] No. No."]


def test_a_line_that_grows_is_said_once(texts_of: TextsOf) -> None:
    text = b"""00:01.000 --> 00:02.000
we

00:02.000 --> 00:03.000
we are

00:03.000 --> 00:04.000
we are here
"""
    assert texts_of("a.vtt", text) == ["[00:01] we are here"]


def test_speakers_are_named_and_remarks_left_out(texts_of: TextsOf) -> None:
    text = b"""WEBVTT

STYLE
::cue { color: red }

NOTE not said
nor this

00:11.000 --> 00:13.000
<v.loud Ann Ek>We are here

00:13.000 --> 00:15.000
<v Ann Ek>in Oslo.

00:15.000 --> 00:16.000
<v Bob>Yes.
"""
    assert texts_of("a.vtt", text) == ["[00:11] Ann Ek: We are here in Oslo.", "[00:15] Bob: Yes."]


def test_lines_of_scripts_without_blanks_are_joined_without_one(texts_of: TextsOf) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\n这是第一行，\n第二行。\n"
    assert texts_of("a.srt", text.encode()) == ["[00:01] 这是第一行，第二行。"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.sbv", "0:00:01.000,0:00:02.000\nhello\nthere\n"),
        (
            "a.ass",
            "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\i1}hello{\\i0}\\Nthere\n",
        ),
    ],
)
def test_other_forms_are_read(texts_of: TextsOf, name: str, text: str) -> None:
    assert texts_of(name, text.encode()) == ["[00:01] hello there"]


def test_long_talks_are_parted_at_sentences(texts_of: TextsOf) -> None:
    cues = (
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\n"
        f"This is sentence number {n}.\n\n"
        for n in range(1, 200)
    )
    texts = texts_of("a.srt", "".join(cues).encode())
    assert len(texts) > 3
    assert all(text.endswith(".") and len(text) < 1400 for text in texts)
    assert sum(text.count("sentence") for text in texts) == 199


@pytest.mark.parametrize("text", [b"", b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n\n"])
def test_nothing_yields_nothing(texts_of: TextsOf, text: bytes) -> None:
    assert texts_of("a.vtt", text) == []
