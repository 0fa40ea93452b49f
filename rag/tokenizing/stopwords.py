"""Words that say little about what a question is after, by language."""

from functools import cache

from rag.tokenizing.tokens import expand_word, normalize

_ENGLISH = """
a about above after again against all also am an and any are aren't as at be because been before
being below between both but by can can't cannot could couldn't did didn't do does doesn't doing
don't down during each few for from further had hadn't has hasn't have haven't having he her here
hers herself him himself his how however i if in into is isn't it its itself just let's me more most
my myself no nor not of off on once only or other ought our ours ourselves out over own please same
shall she should shouldn't so some such than that the their theirs them themselves then there these
they this those through to too under until up upon us very was wasn't we were weren't what when
where which while who whom whose why will with within without won't would wouldn't you your yours
yourself yourselves many much tell give find list name called known
"""
_RUSSIAN = """
а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да для до его ее
если есть еще же за здесь и из или им их к как какая какие какими каких какого какое какой каком
какому какую ко когда кого кому которая которого которое которой которые который которых кто куда ли
либо между мне может можно мы на над надо наш не него нее нет ни них но ну о об однако он она они
оно от откуда очень по под после почему при про с сколько со так также такой там те тем то того тоже
той только том ты у уже хотя чего чей чем что чтобы чья эта эти это этого этой этом этот я является
"""
_CHINESE = """
的 了 是 在 和 与 及 或 也 都 就 而 于 之 其 被 把 对 从 到 以 为 由 向 吗 呢 吧 啊 呀 什么 什
么 怎么 怎样 如何 为何 为什么 哪 哪里 哪些 哪个 哪位 哪种 哪年 哪一 哪儿 谁 何 何时 何地 多少
几 几个 多 有 这 那 这个 那个 这些 那些 我 你 您 他 她 它 我们 你们 他们 她们 它们 请 请问
一个 个 些 是什 的是 是谁 谁是 是哪 在哪 有多 了多 有哪 几年 是多 有什 了什 是何 于哪
"""
_GERMAN = """
aber als am an auch auf aus bei bin bis bist da damit dann das dass dem den der des die dies diese
dieser dieses doch durch ein eine einem einen einer eines er es für gibt hat hatte ich ihr ihre im
ist ja kann kein keine mit muss nach nicht noch nur oder ohne sein seine sich sie sind so um und uns
unter vom von vor wann war waren warum was weil welche welchem welchen welcher welches wenn wer wie
wird wo worden wurde wurden wem wen wessen wir zu zum zur über viele viel
"""
_FRENCH = """
à au aux avec ce ces cet cette combien comme comment dans de des du elle elles en est et été était
il ils je la le les leur leurs lui ma mais mes mon ne nos notre nous on ont ou où par pas pour
pourquoi qu quand que quel quelle quelles quels qui quoi sa sans se ses si son sont sur ta tes ton
tu un une vos votre vous l d c s n j m t
"""
_SPANISH = """
a al como con cual cuales cuando cuanto cuantos cuántas cuántos cuál cuáles cuándo cómo de del desde
donde dónde e el ella ellas ellos en entre era es esa ese eso esta este esto está fue fueron ha hay
la las le les lo los más mi muy no nos o para pero por porque que quien quién quiénes qué se ser si
sin sobre son su sus también tiene un una unas uno unos y ya
"""
_PORTUGUESE = """
ao aos as com como da das do dos e ela elas ele eles em foi isso isto mais mas na nas não nos o os
ou para pela pelo por qual quais quando quanto quantos que quem se sem ser seu seus sua suas são
também um uma onde é
"""
_ITALIAN = """
al alla che chi ci come con cosa cui da dal dalla degli dei del della delle di dove e ed era gli ha
i il in io la le lo ma nel nella non o per perché più quale quali quando quanti quanto sono su sul
sulla un una uno è stato stata
"""

_SPACED = (_ENGLISH, _RUSSIAN, _GERMAN, _FRENCH, _SPANISH, _PORTUGUESE, _ITALIAN)


@cache
def stop_tokens() -> frozenset[str]:
    """Return the tokens that stop words turn into."""
    words = {normalize(word) for text in _SPACED for word in text.split()}
    return frozenset(_CHINESE.split()) | {token for w in words for token, _ in expand_word(w)}
