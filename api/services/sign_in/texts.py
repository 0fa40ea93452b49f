"""What is written to people."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text with a place for a `link`."""

    subject: str
    text: str


RESET: Mapping[str, Letter] = {
    "en": Letter(
        "Set a new password for Raglan",
        "Somebody, hopefully you, has asked for a new password for this address. Set it here within"
        " an hour:\n\n{link}\n\nIf that was not you, do nothing: your password stays.\n",
    ),
    "zh": Letter(
        "重设 Raglan 密码",
        "有人（希望是您）为此地址申请了新密码。请在一小时内在此设置：\n\n{link}\n\n如果不是您本人，"
        "请忽略此邮件：密码不会改变。\n",
    ),
}

INVITATION: Mapping[str, Letter] = {
    "en": Letter(
        "You are invited to Raglan",
        "You have been invited. Make your account here:\n\n{link}\n",
    ),
    "zh": Letter("邀请您使用 Raglan", "您已受邀。请在此创建账号：\n\n{link}\n"),
}


def letter_in(letters: Mapping[str, Letter], language: str) -> Letter:
    """Return a letter in the language of an account, English where there is none in that."""
    return letters["zh" if language.lower().startswith(("zh", "chinese", "中", "简")) else "en"]
