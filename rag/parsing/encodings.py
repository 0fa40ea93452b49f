"""Which legacy encoding a short text is in, by the letters of the languages that used it.

A text is decoded by each candidate; what comes out is compared with how often a language has each
of its letters beyond ASCII, and its commonest short words. Both are counts that anybody can make
of any text of the language; what matters is that letters which it lacks are told from those it has.
"""

# ruff: noqa: RUF001 - letters of many scripts are what this is about

import math
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

_CENTRAL = ("cp1250", "iso8859_2", "cp852")
_WESTERN = ("cp1252", "mac_roman", "cp850")
_CYRILLIC = ("cp1251", "koi8_r", "cp866", "iso8859_5", "mac_cyrillic")
_ALIEN = 2e-4
"""The share of letters of other languages, as names have them."""

_SHARES_OF_SIGNS = {
    **dict.fromkeys("‘’“”„«»–—…\xa0", 0.01),
    **dict.fromkeys("•·°€£§©™¡¿ªº²³½‚‹›№", 0.004),
}
_CAPITAL = 0.6
"""How often a letter is a capital, compared with the small one."""

_CHARACTERS = 128
"""Of a code page beyond ASCII."""

_MISPLACED = -2.0
_WORD_GAIN = 1.6
_MOST_WORD_GAIN = 8.0
_WORDS = re.compile(r"[^\W\d_]+")
_MIXED = re.compile("[A-Za-z][\u0370-\u0fff]|[\u0370-\u0fff][A-Za-z]")
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_SAMPLE_CHARS = 1500
_SAMPLE_BYTES = 6000
_LEAST = -0.2
"""Below this nothing is told from chance."""


@dataclass(frozen=True, slots=True)
class _Language:
    """A language: its codecs, its letters beyond ASCII by falling frequency, its short words."""

    codecs: tuple[str, ...]
    letters: str
    words: str


_LANGUAGES = (
    _Language(_CENTRAL, "áéöóőíüúű", "a az és hogy nem egy van meg is de ha csak kell"),
    _Language(_CENTRAL, "łąęóśżćńź", "w i z na nie do to jest się że od po dla jak"),
    _Language(_CENTRAL, "íáéěřýčšžůúťďňó", "a v na je to se do pro že od ve za po s"),
    _Language(_CENTRAL, "áíéčýžľšúťňôäďĺŕó", "a v na je to sa do pre že od vo za po so"),
    _Language(_CENTRAL, "čšžćđ", "i je u na da se za od su s o kao in ne so pri ter"),
    _Language(_CENTRAL, "ăîţşâ", "de la în nu si cu un o pe din ca este care"),
    _Language(_CENTRAL, "ëç", "të dhe në një për me që nga është si"),
    _Language(("cp1254", "iso8859_9"), "ıüşçğöâîİ", "bir ve bu da de ile için olan ne çok"),
    _Language(("cp1257", "iso8859_13"), "ėšžųįąūčęė", "ir kad yra su iš tai ne į bet kaip"),
    _Language(("cp1257", "iso8859_13"), "āīšēūņļčģžķ", "un ir ka no ar uz par tas kas nav"),
    _Language((*_WESTERN, "cp1257"), "äõüöšž", "ja on ei et see ka kui oma mis ning"),
    _Language(_WESTERN, "äüößÄÖÜ", "der die und das in den von zu mit ist ein nicht auf"),
    _Language(_WESTERN, "éèàêçôûîùâëïœæ", "le la de et les des en un une du est que pour"),
    _Language(_WESTERN, "óíáéñúüÑ", "de la el que en y los se del las por un con no una"),
    _Language(_WESTERN, "ãçáéíóõêâúàô", "de a o que e do da em um para com não uma os"),
    _Language(_WESTERN, "àèùòéìÈ", "di e il la che in un per con del non una sono"),
    _Language(_WESTERN, "åäöéÅÄÖ", "och att det i en som är av för den med till på inte"),
    _Language(_WESTERN, "øåæéóØÅÆ", "og i det er en at til av den for på som de med ikke"),
    _Language(_WESTERN, "äöåÄ", "ja on ei se että oli hän ovat kun mutta"),
    _Language(_WESTERN, "áíðéóþæúöý", "og að í á er sem til um við ekki það"),
    _Language(_WESTERN, "ëéïöèüç", "de het een van en in is dat op te niet met"),
    _Language(_WESTERN, "éïöçñèü", "the of and to in is a for on with that by"),
    _Language(_WESTERN, "àéèíòóúçïü", "de la i que el en les per un amb del no una els"),
    _Language((*_CYRILLIC, "koi8_u"), "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "и в не на что с по"),
    _Language((*_CYRILLIC, "koi8_u"), "оаинвтерсікудлпмязьгбчйхжцшюїєщфґ", "і в не на що з та"),
    _Language(_CYRILLIC, "аеиотнрсвлдкпмзугбячъщжцхшйюф", "и на в да се от за с е"),
    _Language(_CYRILLIC, "аоиенртсјвкудлпмзгбчњшцжљћђхџф", "и у је да се на за од"),
    _Language(
        ("cp1253", "iso8859_7", "cp737"),
        "αοιετσνηυρπκμλςάδίωόγέχθήφβύξώζψϊ",
        "και το του της να η ο με για",
    ),
    _Language(("cp1255", "cp862"), "יוהלאמתברשנדחקעפםגזטכסץןצךף", "את של על לא זה"),
    _Language(("cp1256", "iso8859_6"), "الينمتوربهعدفسكقحةجأشصىخذطئضزثغءإؤظآ،", "في من على إلى أن"),
    _Language(("cp1256",), "ایندرهوتمسبشکلزفگخقعپجآحصطژچغضذثظئ‌،", "و در به از که"),
    _Language(("cp874",), "านรกเงอมยลวดทสตะปบคหแจชพขใไโผซถศภธณฉุีิู่้าำ์ัึืๆ", ""),
    _Language(("cp1258",), "àáảãạăâđêôơưèéìíòóùúýÀÁĐ\u0300\u0301\u0309\u0303\u0323", "và của là"),
)
_SIMPLIFIED = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发"
    "后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但"
    "因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手"
    "应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教"
    "儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目"
    "太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却"
    "界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今"
    "切院让识候带导争运笔请假天需提前交表单员工审批，。、：；！？（）《》“”"
)
_TRADITIONAL = (
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發"
    "後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但"
    "因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手"
    "應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教"
    "兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目"
    "太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻"
    "界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清"
    "請假單審批填寫，。、：；！？（）「」"
)
_KANJI = (
    "日一国人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定"
    "今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題"
    "下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設"
    "保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重"
    "近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基"
    "私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税"
    "検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収"
    "断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農"
    "休暇申請届"
)
_HANGUL = (
    "이다는을가에의고하지도로사한를아리나은기시서어인대자그정들스부일라해전장제구수보상주여있안오과게"
    "유만성원조면세마위국경으무신우공중요관니동비선모방미트내연진용생치계분적것았었습문학당간바물실소"
    "심개행통교입발작회러거업단할음재김말양차표명반두야불민현결화산외금까데저때피운속드출임인류추강배"
    "후체본등호질르점별년월식청건설점키터파태판감려각접레급책란열역료근복독천향박즈프타버준법권알린편"
    "약달북품검번검색휴허받목력상님읽았쓰새특코포매메크노님직쪽승석왜높록활착녕옆방린쇄결흘"
)
_WITHIN_WORD = re.compile(r"[A-Za-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")
_KANA = "".join(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7), 0x30FC)))


@cache
def _shares(letters: str) -> dict[str, float]:
    """Return the share of each letter where the n-th is had 1/(n + 2) as often (Zipf's law)."""
    gains = {letter: 1 / (place + 2) for place, letter in enumerate(dict.fromkeys(letters))}
    whole = sum(gains.values())
    return {letter: gain / whole for letter, gain in gains.items()}


@cache
def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _misplaced(text: str) -> int:
    """Count capitals behind small letters and words of two scripts, as wrong code pages make."""
    capitals = sum(
        1
        for word in _WORDS.findall(text)
        for one, other in pairwise(word)
        if one.islower() and other.isupper() and not other.isascii()
    )
    return capitals + 2 * len(_MIXED.findall(text))


def _fit(text: str, language: _Language) -> float:
    """Return how much likelier the letters of a text are in a language than by chance, a letter."""
    shares = _shares(language.letters)
    foreign = _NON_ASCII.findall(text)
    gain = 0.0
    for char in foreign:
        share = shares.get(char) or _CAPITAL * shares.get(char.lower(), 0.0)
        gain += math.log((share or _SHARES_OF_SIGNS.get(char, _ALIEN)) * _CHARACTERS)
    gain += _MISPLACED * _misplaced(text)
    known = _words(language.words)
    hits = sum(1 for word in _WORDS.findall(text.lower()) if word in known)
    gain += min(_WORD_GAIN * hits, _MOST_WORD_GAIN)
    return gain / max(len(foreign), 1)


def _decoded(sample: bytes, codec: str) -> str:
    """Return a sample's text, empty if it cannot be in a codec; a cut last letter is no reason."""
    for end in (len(sample), len(sample) - 1, len(sample) - 2, len(sample) - 3):
        try:
            return sample[: max(end, 0)].decode(codec)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 4:
                break
    return ""


def _eight_bit(sample: bytes) -> dict[str, float]:
    found: dict[str, float] = {}
    texts: dict[str, str] = {}
    for language in _LANGUAGES:
        for place, codec in enumerate(language.codecs):
            if codec not in texts:
                texts[codec] = _decoded(sample, codec)[:_SAMPLE_CHARS]
            text = texts[codec]
            if text and not any("\x7f" <= char < "\xa0" for char in text):
                # Of two code pages that give the same, the usual one.
                fit = _fit(text, language) - 0.01 * place
                found[codec] = max(found.get(codec, -math.inf), fit)
    return found


def _east_asian(sample: bytes) -> dict[str, float]:
    """Return how well the codecs of Chinese, Japanese and Korean fit, on the scale of letters."""
    found: dict[str, float] = {}
    for codec, common in (
        ("gb18030", _SIMPLIFIED),
        ("big5", _TRADITIONAL),
        ("cp932", _KANA + _KANJI),
        ("euc_jp", _KANA + _KANJI),
        ("euc_kr", _HANGUL),
    ):
        text = _decoded(sample, codec)[:_SAMPLE_CHARS]
        foreign = _NON_ASCII.findall(text)
        if foreign:
            found[codec] = _common_share(text, foreign, frozenset(common))
    return found


def _common_share(text: str, foreign: list[str], common: frozenset[str]) -> float:
    usual = sum(char in common or "\u3000" <= char <= "\u3002" for char in foreign)
    odd = sum("\uff61" <= char <= "\uff9f" or "\ue000" <= char <= "\uf8ff" for char in foreign)
    odd += len(_WITHIN_WORD.findall(text))
    # Half of the letters of a text are among its language's commonest; by chance a tenth is.
    return 6.0 * (usual - odd) / (len(foreign) + 1) - 2.0


def guess_encoding(sample: bytes) -> str:
    """Return the codec of a text that is no Unicode; empty if nothing fits."""
    sample = sample[:_SAMPLE_BYTES]
    fits = {**_eight_bit(sample), **_east_asian(sample)}
    best = max(fits, key=lambda codec: fits[codec], default="")
    # The code page holds the standard, and more.
    known = "cp949" if best == "euc_kr" else best
    return known if best and fits[best] > _LEAST else ""
