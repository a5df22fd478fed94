"""Which notes an agent said it would use: the preamble of injected notes asks for it in the first thoughts.

A reading of free English text: it finds notes by title, number ("notes 1 and 3", "the second one") and as a whole
("all of them", "none", "the others"), and takes a clause that speaks of leaving aside or of not fitting as a no.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain

_NOTE = r"(?:memory\s+items?|items?|notes?|memory|memories|lessons?)"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_VERB = (
    r"(?:i\s+|i['’]ll\s+|will\s+)*(?:leav|ignor|skip|discard|disregard|set|put|us(?:e|ing)|appl|follow|none\b|not\b|"
    rf"{_NOTE}\b|(?:the\s+)?(?:{'|'.join(_ORDINALS)}|others?|rest)\b)"
)
# While a thought is read, each title in it is one character of a private area.
_FIRST_MARK, _MOST_TITLES = 0xE000, 6400
_MARKS = re.compile("[\ue000-\uf8ff]")
_ONE = rf"(?:the\s+)?(?:['\"“‘*_`«]*[\ue000-\uf8ff]|{_NOTE}\b|(?:{'|'.join(_ORDINALS)}|last|others?|rest|remaining)\b)"
_CLAUSE = re.compile(
    r"(?<=[.!?])\s+|[;\n]|,?\s*\b(?:but|while|whereas|although|though|however|so|because|since|as)\b"
    rf"|,(?:\s*and\b)?(?=\s+{_VERB})|\s+and\b(?=\s+(?:i\s+|will\s+)*(?:leav|ignor|skip|discard|disregard|set|put)\w*)"
    rf"|,?\s*\(?\s*(?:\band\s+)?\b(?=(?:not|rather\s+than|instead\s+of)\s+(?:us(?:e|ing)\s+|by\s+)?{_ONE})",
    re.IGNORECASE,
)
# "not that one" beside one that was chosen; "instead of that one" may come first, and what is chosen after it.
_AGAINST = re.compile(r"\W*(?:not|rather\s+than|instead\s+of)\b(?!\s+(?:only|just)\b)", re.IGNORECASE)
_INSTEAD = re.compile(r"(\W*(?:rather\s+than|instead\s+of)\b.*?)(\bI\b.*)", re.DOTALL | re.IGNORECASE)
_REPORT = re.compile(
    r"\b(?:says?|tells?|warns?|advises?|reminds?|suggests?|recommends?)\b.*", re.IGNORECASE | re.DOTALL
)
_NUMBERS = re.compile(
    rf"\b{_NOTE}\s*(?:no\.?\s*|number\s*)?(?P<list>#?\d{{1,2}}\b(?:\s*(?:,\s*and|,|&|and|or|-|–|to)\s*#?\d{{1,2}}\b)*)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(\d+)\s*(?:-|–|to)\s*#?(\d+)", re.IGNORECASE)
_ORDINAL = re.compile(rf"\bthe\s+(?P<which>{'|'.join(_ORDINALS)}|last)\s+(?:{_NOTE}|one)\b", re.IGNORECASE)
_OTHERS = re.compile(r"\b(?:the|all)\s+(?:others?|rest|remaining)\b", re.IGNORECASE)
_NONE = re.compile(rf"\b(?:none|neither|not\s+any)\s+(?:of\b|appl|fit|is\b|are\b)|\bno\s+{_NOTE}\b", re.IGNORECASE)
_ALL = re.compile(
    rf"\b(?:all|both)\s+(?:of\s+)?(?:(?:the|these|those|my)\s+)?(?:\w+\s+)?(?:{_NOTE}|them)\b"
    rf"|\b(?:the|these|those|my)\s+{_NOTE}\b(?!\s*#?\d)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"\baside\b|\bleav\w+\s+(?:\S+\s+){0,4}out\b|\b(?:ignor|skip|discard|disregard)\w*|\birrelevant\b|\bunrelated\b"
    r"|\binapplicable\b|(?:\bnot|n['’]t|\bcannot)\s+(?:\w+\s+){0,3}?(?:us|appl|fit|need|relevan|help|match|concern|"
    r"follow|require|necessary)\w*",
    re.IGNORECASE,
)


_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|[;\n]")
_TELLING = re.compile(
    rf"\b(?:{_NOTE}|them|one|others?|rest|remaining|none|neither|any)\b|[\ue000-\uf8ff]", re.IGNORECASE
)
"""Without any of these nothing is said of notes."""
_QUOTES = frozenset("\"'“‘*_`«")


def cited_items(thought: str, titles: Sequence[str]) -> tuple[bool | None, ...]:
    """Whether the agent said it would use each of the injected notes, in their order.

    False is left aside, or not named where others were chosen; None says nothing of it.
    """
    sentences = [one for one in _SENTENCE.split(_marked(thought, titles)) if one and _TELLING.search(one)]
    return _read(sentences, len(titles)) if sentences else (None,) * len(titles)


def _read(sentences: Iterable[str], count: int) -> tuple[bool | None, ...]:
    named: dict[int, bool] = {}
    others = whole = None
    for clause in _clauses(sentences):
        text, by_title = _MARKS.sub(" ", clause), [ord(mark) - _FIRST_MARK for mark in _MARKS.findall(clause)]
        places, rest = [*by_title, *_numbered(text, count)], _OTHERS.search(text)
        if not (places or rest or _NONE.search(text) or _ALL.search(text)):
            continue
        chosen = not (_AGAINST.match(text) or _ASIDE.search(_REPORT.sub("", text)) or _NONE.search(text))
        for place in places:
            named[place] = named.get(place, False) or chosen
        if rest:
            others = chosen
        elif not places and whole is not True:
            whole = chosen
    if others is None:
        others = (False if True in named.values() else None) if named else whole
    return tuple(named.get(place, others) for place in range(count))


def _clauses(sentences: Iterable[str]) -> Iterator[str]:
    for part in chain.from_iterable(map(_CLAUSE.split, sentences)):
        before = _INSTEAD.match(part)
        for clause in before.groups() if before else (part,):
            if clause.strip():
                yield " ".join(clause.split())


@lru_cache(maxsize=100_000)
def _words(title: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(title.lower()))


def _marked(thought: str, titles: Sequence[str]) -> str:
    """The thought with a mark for each title; the longest first, as one may stand in another."""
    text = _MARKS.sub(" ", thought)
    lowered = text.lower()
    for place in sorted(range(min(len(titles), _MOST_TITLES)), key=lambda place: -len(titles[place])):
        words = _words(titles[place])
        if words and all(word in lowered for word in words):
            text = _named(text, words, chr(_FIRST_MARK + place))
    return text


def _named(text: str, words: tuple[str, ...], mark: str) -> str:
    """The text with the mark wherever these words follow each other; one word alone must be set off."""
    found = list(_WORD.finditer(text))
    said = [one[0].lower() for one in found]
    parts, end, place, size = [], 0, 0, len(words)
    while place <= len(said) - size:
        start = found[place].start()
        if size == 1:
            plain = said[place].strip("_")
            here = words[0] in (said[place], plain) and (plain != said[place] or text[start - 1 : start] in _QUOTES)
        else:
            here = said[place] == words[0] and tuple(said[place : place + size]) == words
        if here:
            parts += [text[end:start], mark]
            end = found[place + size - 1].end()
        place += size if here else 1
    return "".join([*parts, text[end:]])


def _numbered(text: str, count: int) -> Iterator[int]:
    """Places named by number; numbers that no note has are left out."""
    for match in _NUMBERS.finditer(text):
        numbers = set(map(int, re.findall(r"\d+", match["list"])))
        for low, high in _RANGE.findall(match["list"]):
            numbers |= set(range(int(low), int(high) + 1))
        yield from (number - 1 for number in sorted(numbers) if 1 <= number <= count)
    for match in _ORDINAL.finditer(text):
        which = match["which"].casefold()
        place = count - 1 if which == "last" else _ORDINALS.index(which)
        if 0 <= place < count:
            yield place
