"""What the play has shown, counted from the sandbox's journal: never from what the bot says about itself."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from bot.demo.scene import Cast
from bot.demo.screen import Screen
from bot.demo.story import Story
from bot.telegram.sandbox import Group, Journal, Phone

SHOWN = ("sent", "edited")
MARKS = ("first_name", "last_name", "username", "id")


@dataclass(frozen=True)
class Summary:
    """Messages and edits that were shown, calls that were made, and what must be nought: the last four."""

    persons: int
    operators: int
    to_groups: int
    to_persons: int
    leaks: int
    names: int
    notes: int
    floods: int

    @classmethod
    def count(cls, journal: Journal, cast: Cast) -> "Summary":
        """Calls are searched as bytes, refused ones too: whatever the bot tried to send counts."""
        to_groups, to_persons = _calls(journal, cast.groups), _calls(journal, cast.teens)
        return cls(
            persons=sum(_shown(journal, teen) for teen in cast.teens),
            operators=sum(_shown(journal, group) for group in cast.groups),
            to_groups=len(to_groups),
            to_persons=len(to_persons),
            leaks=_carrying(to_groups, marks(cast)),
            names=_carrying(to_persons, [str(operator.user["first_name"]) for operator in cast.operators]),
            notes=_carrying(to_persons, [note.removeprefix("//").strip() for note in cast.notes]),
            floods=sum(call.error_code == 429 for call in journal.calls),
        )

    @property
    def clean(self) -> bool:
        """Whether everything that must be nought is."""
        return not (self.leaks or self.names or self.notes or self.floods)

    def show(self, screen: Screen, story: Story, cast: Cast, seconds: float, moved: float) -> None:
        """In the story's language; `moved` are the seconds by which the clock is ahead."""
        words = story.data["summary"]
        screen.heading(words["title"])
        for line in words["lines"]:
            screen.say(f"  {line.format(**asdict(self), seconds=round(seconds), hours=round(moved / 3600))}")
        screen.say(f"\n{words['how'].format(marks=', '.join(marks(cast)))}\n{words['what']}", "dim")


def marks(cast: Cast) -> list[str]:
    """What Telegram knows about persons and operators must not: names, username, id."""
    return [str(teen.user[mark]) for teen in cast.teens for mark in MARKS if teen.user.get(mark)]


def _shown(journal: Journal, receiver: Phone | Group) -> int:
    return sum(showing.action in SHOWN for showing in journal.to(receiver))


def _calls(journal: Journal, receivers: Iterable[Phone | Group]) -> list[str]:
    """Everything that went to these chats, a call an item, in small letters."""
    blobs = [journal.bytes(receiver.id) for receiver in receivers]
    return [call.decode("utf-8", "replace").casefold() for blob in blobs for call in blob.split(b"\n") if call]


def _carrying(calls: list[str], words: list[str]) -> int:
    """How many of these calls carry one of the words."""
    wanted = [word.casefold() for word in words]
    return sum(any(word in call for word in wanted) for call in calls)
