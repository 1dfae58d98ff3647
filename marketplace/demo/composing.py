"""Combines the words of one topic into sentences that say the same, with the same numbers, in English and Chinese."""

import random
import re
from dataclasses import dataclass
from decimal import Decimal

from marketplace.demo.vocabulary import Figure, Pair, Topic, Word, patterns

_VOWEL_SOUND = re.compile(r"[aeiou]|(?!MEMS)[AEFHILMNORSX](?=[A-Z\d-])|mRNA|[AEIO]", re.ASCII)
_CONSONANT_SOUND = re.compile(r"uni|use|eu|one|u(?=til)", re.ASCII)
_CHINESE = re.compile(r"[一-鿿]")


def with_article(word: Word) -> str:
    """The English words with "a" or "an", or bare where they name a material."""
    if word.mass:
        return word.en
    sounds_like_vowel = _VOWEL_SOUND.match(word.en) and not _CONSONANT_SOUND.match(word.en)
    return f"{'an' if sounds_like_vowel else 'a'} {word.en}"


def capital(text: str) -> str:
    """``text`` with its first letter in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def with_unit(value: Decimal, unit: Pair) -> Pair:
    """A value as it is written in each language; only English groups thousands."""
    halves = []
    for number, name in ((f"{value:,}", unit.en), (f"{value}", unit.zh)):
        close = name in ("%", "°") or _CHINESE.match(name)
        halves.append(f"{number}{'' if close or not name else ' '}{name}")
    return Pair(*halves)


def tidy(value: Decimal, places: int) -> Decimal:
    """``value`` as an engineer would quote it: at most ``places`` decimals and three significant digits."""
    rounded = round(value, places)
    return Decimal(int(round(value, 2 - value.adjusted()))) if value.adjusted() > 2 else rounded


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure with the value reached or, in a need, the value asked for."""

    figure: Figure
    value: Decimal

    @property
    def change(self) -> Pair:
        """The difference from the usual value in words."""
        usual, direction = self.figure.usual, "up" if self.figure.grows else "down"
        difference = abs(self.value - usual)
        if self.figure.unit.en == "%":
            return _fixed(f"change_points_{direction}", d=f"{difference.normalize():f}")
        if self.value >= 3 * usual:
            return _fixed("change_times", d=str(round(self.value / usual, 1)))
        return _fixed(f"change_{direction}", d=str(round(difference / usual * 100)))


def _fixed(slot: str, **values: str) -> Pair:
    pattern = patterns()[slot][0]
    return Pair(pattern.en.format(**values), pattern.zh.format(**values))


class Composition:
    """One choice of words and numbers from a topic; every text written from it agrees with every other.

    ``asking`` takes values that most new work of the topic meets, as a need does, instead of values reached.
    """

    def __init__(self, topic: Topic, rng: random.Random, *, subject: Word | None = None, asking: bool = False) -> None:
        self.topic, self._rng = topic, rng
        self.subject = subject or rng.choice(topic.objects)
        self.method, self.element = rng.choice(topic.methods), rng.choice(topic.elements)
        self.use, self.other_use = rng.sample(topic.uses, 2)
        self.claims = tuple(self._claim(figure, asking=asking) for figure in rng.sample(topic.figures, 3))
        self._en: dict[str, str] = {}
        self._zh: dict[str, str] = {}
        self._fill_words()
        for number, claim in enumerate(self.claims, start=1):
            self._fill_claim(str(number), claim)
        for name, most in (("n", 30), ("k", 12), ("p", 6)):
            self.say(name, Pair(*[str(rng.randint(3, most))] * 2))

    def _claim(self, figure: Figure, *, asking: bool) -> Claim:
        low, high = figure.low, figure.high
        if asking:
            # Near the modest end of the range, so that most achievements of the topic answer the need.
            reach = (high - low) / 5
            low, high = (low - reach / 2, low + reach) if figure.grows else (high - reach, high + reach / 2)
        value = low + (high - low) * self._rng.randint(0, 40) / 40
        return Claim(figure, tidy(value, figure.places))

    def say(self, name: str, pair: Pair) -> None:
        """Make ``pair`` available to patterns as ``{name}``."""
        self._en[name], self._zh[name] = pair

    def _say_noun(self, name: str, pair: Pair) -> None:
        self.say(name, pair)
        self.say(capital(name), Pair(capital(pair.en), pair.zh))

    def _fill_words(self) -> None:
        self._say_noun("o", Pair(self.subject.en, self.subject.zh))
        self._say_noun("ao", Pair(with_article(self.subject), self.subject.zh))
        self._say_noun("ae", Pair(with_article(self.element), self.element.zh))
        self._say_noun("e", Pair(self.element.en, self.element.zh))
        self._say_noun("m", self.method)
        self.say("AO", Pair(self._en["Ao"], self.subject.zh))
        self.say("u", self.use)
        self.say("u2", self.other_use)
        self.say("b", self._rng.choice(self.topic.baselines))
        self.problem = self._rng.choice(self.topic.problems)

    def _fill_claim(self, number: str, claim: Claim) -> None:
        figure = claim.figure
        self._say_noun(f"f{number}", figure.name)
        self.say(f"v{number}", with_unit(claim.value, figure.unit))
        self.say(f"t{number}", with_unit(claim.value, figure.unit))
        self.say(f"w{number}", with_unit(figure.usual, figure.unit))
        self.say(f"rises{number}", _fixed("rises" if figure.grows else "falls"))
        self.say(f"op{number}", _fixed("at_least" if figure.grows else "at_most"))
        self.say(f"change{number}", claim.change)

    def sentence(self, slot: str) -> Pair:
        """One of the patterns of ``slot``, filled in both languages."""
        pattern = self._rng.choice(patterns()[slot])
        return Pair(pattern.en.format_map(self._en), pattern.zh.format_map(self._zh))

    def title(self, slot: str) -> Pair:
        """A sentence of ``slot`` that begins with a capital letter."""
        pair = self.sentence(slot)
        return Pair(capital(pair.en), pair.zh)


def paragraph(parts: list[Pair]) -> Pair:
    """Sentences joined as each language joins them."""
    return Pair(" ".join(part.en for part in parts), "".join(part.zh for part in parts))
