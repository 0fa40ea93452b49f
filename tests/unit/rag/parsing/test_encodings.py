"""Short texts in the encodings that were in use before Unicode."""

# ruff: noqa: RUF001 - letters of many scripts are what this is about

import unicodedata
from collections.abc import Callable

import pytest

from rag.parsing.decoding import detect
from rag.parsing.encodings import guess_encoding

TextsOf = Callable[[str, bytes], list[str]]

TEXTS = {
    "A szabadság húsz nap. Az űrlapot előbb kell leadni a főnöknek.": "cp1250 iso8859_2 cp852",
    "Proszę wypełnić wniosek o urlop trzy dni wcześniej.": "cp1250 iso8859_2 cp852",
    "Žádost o dovolenou podejte tři dny předem.": "cp1250 iso8859_2",
    "Žiadosť o dovolenku podajte tri dni vopred vedúcemu.": "cp1250",
    "Cererea de concediu se depune înainte şi se aprobă de către şef.": "cp1250 iso8859_2",
    "Zahtjev za godišnji odmor podnosi se prije početka.": "cp1250",
    "İzin formu üç gün önce müdüre verilmelidir.": "cp1254 iso8859_9",
    "Prašymas dėl atostogų pateikiamas prieš tris dienas.": "cp1257",
    "Atvaļinājuma pieteikums jāiesniedz trīs dienas iepriekš.": "cp1257",
    "Puhkuseavaldus tuleb esitada kolm päeva enne, ülemus kinnitab.": "cp1252",
    "Der Urlaubsantrag ist drei Tage vorher abzugeben, sonst verfällt er.": "cp1252 mac_roman",
    "Prüfung der Maße": "cp1252 mac_roman cp850",
    "L’été, le déjeuner est gratuit – sauf le mardi.": "cp1252",
    "¿Dónde está el señor Muñoz?": "cp1252",
    "O pedido de férias deve ser entregue antes; a aprovação não é automática.": "cp1252",
    "Ansökan om semester lämnas in på våning två.": "cp1252",
    "Ansøgningen afleveres på første sal.": "cp1252",
    "Umsókn um orlof skal skila þremur dögum áður.": "cp1252",
    "Заявление на отпуск подаётся за три дня.": "cp1251 koi8_r cp866 iso8859_5 mac_cyrillic",
    "Привет": "cp1251 koi8_r cp866 iso8859_5",
    "Заяву на відпустку подають за три дні.": "cp1251 koi8_u",
    "Молбата за отпуск се подава три дни по-рано.": "cp1251",
    "Захтев за одмор подноси се три дана раније.": "cp1251",
    "Η αίτηση άδειας υποβάλλεται τρεις ημέρες πριν.": "cp1253 iso8859_7",
    "טופס חופשה יש להגיש שלושה ימים מראש.": "cp1255",
    "يجب تقديم طلب الإجازة قبل ثلاثة أيام.": "cp1256",
    "กรุณายื่นใบลาก่อนสามวันถึงหัวหน้างาน": "cp874",
    "休暇届は三日前までに上司へ提出してください。": "cp932 euc_jp",
    "カタログの価格表": "cp932 euc_jp",
    "请假单须提前三天交给主管审批。": "gb18030",
    "打印机在厨房旁边。": "gb18030",
    "請假單須提前三天交給主管審批。": "big5",
    "휴가 신청서는 사흘 전에 상사에게 제출해야 합니다.": "cp949",
    "안녕하세요": "cp949",
}
CASES = [(codec, text) for text, codecs in TEXTS.items() for codec in codecs.split()]


@pytest.mark.parametrize(("codec", "text"), CASES)
def test_a_short_text_is_read_in_its_encoding(texts_of: TextsOf, codec: str, text: str) -> None:
    assert texts_of("a.txt", text.encode(codec)) == [text]


def test_vietnamese_with_marks_of_its_own_is_read() -> None:
    text = "Đơn xin nghỉ phép"
    split = unicodedata.normalize("NFD", text).replace("o\u031b", "ơ").replace("e\u0302", "ê")
    data = split.encode("cp1258")
    assert unicodedata.normalize("NFC", data.decode(detect(data))) == text


def test_a_letter_that_is_cut_off_at_the_end_is_no_reason() -> None:
    data = ("请假单须提前三天交给主管审批。" * 20).encode("gb18030")
    assert guess_encoding(data[:-1]) == "gb18030"
