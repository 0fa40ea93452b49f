"""Messages with hostile files attached, and messages in messages."""

import gzip as gzip_format
from email.message import EmailMessage

from tests.support.hostile import sheets, word
from tests.support.hostile.packages import times, words


def _message(*attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Six files"
    message.set_content("See the files.")
    for name, data in attached:
        message.add_attachment(data, "application", "octet-stream", filename=name)
    message.set_boundary("part")
    return message.as_bytes()


def chart_files(scale: float) -> bytes:
    """Attach six documents that relate a chart 4,000 times."""
    data = word.repeated_chart(scale)
    return _message(*((f"{number}.docx", data) for number in range(6)))


def far_sheets(scale: float) -> bytes:
    """Attach four workbooks whose cells stand far apart."""
    data = sheets.far_cell(scale)
    return _message(*((f"{number}.xlsx", data) for number in range(4)))


def nested(scale: float) -> bytes:
    """Forward a message 200 times."""
    head = b"Subject: again\nContent-Type: message/rfc822\n\n"
    return head * times(scale, 200) + b"Subject: first\n\ntext\n"


def gzip(scale: float) -> bytes:
    """Return no message but a gzip archive of 100 KB of text."""
    return gzip_format.compress(words(times(scale, 100_000)).encode(), mtime=0)
