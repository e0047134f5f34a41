"""The public fields that an item's field may mean, the likeliest first, each with the reasons."""

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from forms_builder.matching.words import code_stem, code_words, pieces
from forms_builder.merge.constraints import NUMERIC, TEXTUAL

_LOOKS = 3  # after the first: each look knows better what the form is about
_CONSIDERED = 40  # names looked at closely, per field
_SHOWN_FROM = 0.25  # a candidate below this is none
_NEAR = (0.6, 0.45, 0.3, 0.2)  # what the fields before a field say about it, the nearest first
_FIELD_OF_BLOCK, _OF_TITLE, _OF_NEIGHBOURS_FIELD = 0.7, 0.25, 0.8
_ALIAS = 0.97  # what a name counts for that another form uses
_OTHER_KIND, _OTHER_SHAPE, _OTHER_DICTIONARY = 0.8, 0.4, 0.45
_SAME_DICTIONARY, _COMPANY, _CODE = 0.22, 0.3, 0.1
_LENGTH, _BELONGS, _TAKEN = 0.02, 0.12, 0.85
_SHORT = 8.0  # keeps very short names from looking alike by one rare character
_WITHOUT_SHAPE = frozenset({"string", "text", "integer", "decimal"})  # kinds that take what the stricter ones take


class KnownField(NamedTuple):
    """A public field of the register; `names` are synonyms, `aliases` what forms in use call it."""

    code: str
    label: str
    data_type: str
    max_length: int | None = None
    dictionary: str | None = None
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class WantedField(NamedTuple):
    """A field of an item form, with the public field it already points to, if any."""

    code: str
    label: str
    data_type: str
    max_length: int | None = None
    dictionary: str | None = None
    public_field: str | None = None


class Candidate(NamedTuple):
    """A public field that is offered: how likely between 0 and 1, and why in words for people."""

    code: str
    score: float
    why: tuple[str, ...]


class _Name(NamedTuple):
    field: int
    text: str
    pieces: Mapping[str, float]
    total: float
    kind: str


class _Option(NamedTuple):
    """A name held against a label: `open` are its pieces that the label does not say, with what they count for.

    `beyond` are those of the public field's own label: whose it is, of what.
    """

    name: _Name
    recall: float
    said: float
    open: tuple[tuple[str, float, float], ...]
    beyond: tuple[tuple[str, float, float], ...]


_Company = Mapping[str, float]
_Takers = Mapping[str, tuple[int, float]]


class Ranker:
    """The register, indexed once. `together`: sets of public fields that one form or one theme uses."""

    def __init__(self, known: Sequence[KnownField], together: Iterable[Collection[str]] = ()) -> None:
        self.known = known
        self._number = {field.code: number for number, field in enumerate(known)}
        texts = [(number, text, kind) for number, field in enumerate(known) for text, kind in _names_of(field)]
        seen: Counter[str] = Counter()
        for _, text, _ in texts:
            seen.update(pieces(text).keys())
        self._rarity = {piece: math.log(1 + len(texts) / count) for piece, count in seen.items()}
        self._unknown = math.log(1 + len(texts))
        self._names = [_Name(number, text, pieces(text), self._sum(pieces(text)), kind) for number, text, kind in texts]
        self._holding: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._speaking: dict[str, list[int]] = defaultdict(list)
        for place, name in enumerate(self._names):
            family = _family(known[name.field].data_type)
            for piece in name.pieces:
                self._holding[family, piece].append(place)
            if dictionary := known[name.field].dictionary:
                self._speaking[dictionary].append(place)
        self._company: dict[str, set[str]] = defaultdict(set)
        for group in together:
            for code in group:
                self._company[code].update(group)

    def rank(self, title: str, fields: Sequence[WantedField], most: int = 5) -> dict[str, list[Candidate]]:
        """Candidates of every field of one form that points to no public field yet, by the field's code.

        A form is looked at several times: what a look makes of its other fields says what the form is about.
        """
        options = {number: self._options(field) for number, field in enumerate(fields) if field.public_field is None}
        settled = {field.public_field: (number, 2.0) for number, field in enumerate(fields) if field.public_field}
        meant = {number: code for code, (number, _) in settled.items()}
        found: dict[int, list[Candidate]] = {}
        taken: _Takers = settled
        company: _Company = {}
        for _ in range(1 + _LOOKS):
            for number, some in options.items():
                around = self._said_around(title, fields, number, meant if found else {})
                found[number] = self._judge(fields[number], number, some, around, company, taken)[:most]
            firsts = {number: candidates[0].code for number, candidates in found.items() if candidates}
            if company and firsts.items() <= meant.items():
                break  # another look would say the same
            meant.update(firsts)
            counted = Counter(code for best in meant.values() for code in self._company.get(best, ()))
            strongest = max(counted.values(), default=1)
            company = {code: count / strongest for code, count in counted.items()}
            taken = {**_takers(found), **settled}
        return {fields[number].code: candidates for number, candidates in found.items()}

    def _options(self, wanted: WantedField) -> list[_Option]:
        """The names that share most with the label, and those of fields with the same dictionary."""
        own = pieces(wanted.label)
        total = self._sum(own)
        family = _family(wanted.data_type)
        shared: dict[int, float] = defaultdict(float)
        for piece, weight in own.items():
            worth = weight * self._rarity.get(piece, 0.0)
            for place in self._holding.get((family, piece), ()):
                shared[place] += worth
        names = self._names
        weighed = [(worth / (names[place].total + _SHORT), place) for place, worth in shared.items()]
        places = [place for _, place in heapq.nlargest(_CONSIDERED, weighed)]
        if wanted.dictionary:
            same = self._speaking.get(wanted.dictionary, ())[:_CONSIDERED]
            places += [place for place in same if self.known[names[place].field].data_type == wanted.data_type]
        return [self._option(own, total, names[place]) for place in dict.fromkeys(places)]

    def _option(self, own: Mapping[str, float], total: float, name: _Name) -> _Option:
        still = self._beyond(own, name.pieces)
        common = name.total - sum(rest * rarity for _, rest, rarity in still)
        label = self.known[name.field].label
        beyond = still if name.text == label else self._beyond(own, pieces(label))
        return _Option(name, min(common / total, 1.0) if total else 0.0, common, still, beyond)

    def _beyond(self, own: Mapping[str, float], said: Mapping[str, float]) -> tuple[tuple[str, float, float], ...]:
        return tuple(
            (piece, weight - own.get(piece, 0.0), self._rarity[piece])
            for piece, weight in said.items()
            if weight > own.get(piece, 0.0)
        )

    def _judge(
        self,
        wanted: WantedField,
        number: int,
        options: Sequence[_Option],
        around: Mapping[str, float],
        company: _Company,
        taken: _Takers,
    ) -> list[Candidate]:
        best: dict[int, tuple[float, _Option]] = {}
        for option in options:
            likeness = _likeness(option, around)
            if option.name.field not in best or likeness > best[option.name.field][0]:
                best[option.name.field] = likeness, option
        candidates = []
        for place, (likeness, option) in best.items():
            known = self.known[place]
            share = company.get(known.code, 0.0)
            score = _weighed(likeness, wanted, known, share if company else None)
            score += _BELONGS * _belonging(option, around) * (1 - score)
            taker, strength = taken.get(known.code, (number, 0.0))
            if taker != number and strength > score:
                score *= _TAKEN  # another field of the form means it more
            if score >= _SHOWN_FROM:
                why = _reasons(wanted, known, option.name, likeness, share)
                candidates.append(Candidate(known.code, round(min(score, 1.0), 3), why))
        candidates.sort(key=lambda one: (-one.score, one.code))
        return candidates

    def _said_around(
        self, title: str, fields: Sequence[WantedField], number: int, meant: Mapping[int, str]
    ) -> dict[str, float]:
        """What the title and the fields before this one say, and the public fields that those mean."""
        around: dict[str, float] = {}
        _say(around, pieces(title), _OF_TITLE)
        stem = code_stem(fields[number].code)
        for share, other in zip(_NEAR, range(number - 1, -1, -1), strict=False):
            neighbour = fields[other]
            if len(stem) > 2 and code_stem(neighbour.code).startswith(stem[:4]):
                share = _FIELD_OF_BLOCK
            _say(around, pieces(neighbour.label), share)
            code = meant.get(other)
            if code in self._number:
                _say(around, pieces(self.known[self._number[code]].label), share * _OF_NEIGHBOURS_FIELD)
        return around

    def _sum(self, counted: Mapping[str, float]) -> float:
        return sum(weight * self._rarity.get(piece, self._unknown) for piece, weight in counted.items())


def _takers(found: Mapping[int, Sequence[Candidate]]) -> dict[str, tuple[int, float]]:
    """Which field means each public field most, of those that would take it."""
    takers: dict[str, tuple[int, float]] = {}
    for number, candidates in found.items():
        for one in candidates[:1]:
            if one.score > takers.get(one.code, (number, 0.0))[1]:
                takers[one.code] = number, one.score
    return takers


def _names_of(field: KnownField) -> list[tuple[str, str]]:
    names = {field.label: "label"}
    for kind, texts in (("synonym", field.names), ("alias", field.aliases)):
        for text in texts:
            names.setdefault(text, kind)
    return list(names.items())


def _say(around: dict[str, float], counted: Mapping[str, float], share: float) -> None:
    for piece, weight in counted.items():
        around[piece] = max(around.get(piece, 0.0), weight * share)


def _family(data_type: str) -> str:
    """Kinds that could be one field when merged (domain.md §3)."""
    if data_type in TEXTUAL:
        return "text"
    return "number" if data_type in NUMERIC else data_type


def _likeness(option: _Option, around: Mapping[str, float]) -> float:
    """How much of label and name is said by the other; what the name says beyond the label may be said around it."""
    name, covered = option.name, option.said
    for piece, rest, rarity in option.open:
        said = around.get(piece)
        if said is not None:
            covered += min(rest, said) * rarity
    precision = covered / name.total if name.total else 0.0
    if not option.recall or not precision:
        return 0.0
    likeness = 2 * option.recall * precision / (option.recall + precision)
    return likeness * _ALIAS if name.kind == "alias" else likeness


def _belonging(option: _Option, around: Mapping[str, float]) -> float:
    """How much of what the public field says beyond the label is said around the field."""
    beyond = said = 0.0
    for piece, rest, rarity in option.beyond:
        worth = rest * rarity
        beyond += worth
        said += worth * min(around.get(piece, 0.0), 1.0)
    return min(1.6 * said / beyond, 1.0) if beyond else 0.5


def _weighed(likeness: float, wanted: WantedField, known: KnownField, share: float | None) -> float:
    score = likeness
    if wanted.dictionary and known.dictionary:
        same = wanted.dictionary == known.dictionary
        score = score * (1 - _SAME_DICTIONARY) + _SAME_DICTIONARY if same else score * _OTHER_DICTIONARY
    if wanted.data_type != known.data_type:
        has_no_shape = _WITHOUT_SHAPE & {wanted.data_type, known.data_type}
        score *= _OTHER_KIND if has_no_shape else _OTHER_SHAPE
    if code_words(wanted.code) & code_words(known.code):
        score += _CODE * (1 - score)
    if wanted.max_length is not None and wanted.max_length == known.max_length:
        score += _LENGTH * (1 - score)
    if share is None:
        return score
    return score * (1 - _COMPANY) + _COMPANY * share * score**0.5 if share else score * (1 - _COMPANY / 2)


def _reasons(wanted: WantedField, known: KnownField, name: _Name, likeness: float, share: float) -> tuple[str, ...]:
    why = []
    if name.text == wanted.label:
        why.append({"label": "名称相同", "synonym": "与同义词相同", "alias": "别的表单也这样称它"}[name.kind])
    elif likeness > 0:
        what = {"label": "名称", "synonym": f"同义词“{name.text}”", "alias": f"别的表单所称的“{name.text}”"}[name.kind]
        why.append(f"{what}相近" if likeness >= 0.5 else f"{what}部分相同")
    if wanted.dictionary and wanted.dictionary == known.dictionary:
        why.append("字典相同")
    elif wanted.dictionary and known.dictionary:
        why.append("字典不同")
    why.append("类型相同" if wanted.data_type == known.data_type else "类型相容")
    if code_words(wanted.code) & code_words(known.code):
        why.append("代码相近")
    if share >= 0.5:
        why.append("常与本表单的其他字段一起使用")
    return tuple(why)
