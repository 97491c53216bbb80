"""The three levels of urgency, and the button and command that are red by themselves."""

from enum import StrEnum


class Level(StrEnum):
    """RED alarms at once, AMBER cards go before ordinary ones."""

    ORDINARY = "ordinary"
    AMBER = "amber"
    RED = "red"

    @property
    def rank(self) -> int:
        """0 for ordinary, 2 for red."""
        return _ORDER.index(self)

    @property
    def mark(self) -> str:
        """The sign that operators see."""
        return _MARKS[self.rank]

    def raised_to(self, other: "Level") -> "Level":
        """The graver of the two: nothing here lowers."""
        return max(self, other, key=lambda level: level.rank)


_ORDER = tuple(Level)
_MARKS = ("\u26aa", "\U0001f7e1", "\U0001f534")

SOS = "\U0001f198"


def is_sos(text: str) -> bool:
    """Whether a text is the urgent button: it sends a text with the sign; so does who types it."""
    first = text.split(maxsplit=1)[:1]
    return SOS in text or (bool(first) and first[0].split("@")[0].lower() == "/sos")


def is_bare_sos(text: str) -> bool:
    """Whether an urgent text is the sign or the command alone, without words."""
    words = text.split()
    return text.replace(SOS, "").strip() == "" or (len(words) == 1 and words[0].split("@")[0].lower() == "/sos")
