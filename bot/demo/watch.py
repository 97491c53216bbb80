"""From the sandbox's journal to what each side sees: one block for everything that appeared, changed or went."""

from collections.abc import Mapping

from bot.demo.screen import Block, Line, Screen, Side, Style, rightward, wrap
from bot.telegram.sandbox import Group, Phone, Sandbox, Showing

BAR = "┃ "
ROWS = 10
"""A keyboard with more rows than this is shown by its first two rows and its last."""
LONG = 8
"""Lines from which on a text that was shown before is not repeated."""
QUOTED = 24

LINES = {"topic_created", "topic_renamed", "topic_closed", "topic_reopened", "topic_deleted", "pinned"}
"""What happens to a topic; each is one line, worded in the story's [signs]."""


class Watch:
    """Shows one telephone on the left and groups on the right; what other people see is not printed."""

    def __init__(self, sandbox: Sandbox, screen: Screen) -> None:
        self._sandbox = sandbox
        self._screen = screen
        self._signs: Mapping[str, str] = {}
        self._left: Phone | None = None
        self._groups: dict[int, Group] = {}
        self._topic: tuple[int, int | None] | None = None
        self._keys: list[list[str]] = []
        self._known: set[str] = set()
        self._at = 0

    def look(self, left: Phone, *groups: Group, signs: Mapping[str, str]) -> None:
        """Who is looked at from here on, and the words for what is no message."""
        self.catch_up()
        self._left, self._groups, self._signs = left, {group.id: group for group in groups}, signs
        self._topic, self._keys = None, left.keyboard

    @property
    def sides(self) -> list[Phone | Group]:
        """Who is looked at now."""
        return [*filter(None, [self._left]), *self._groups.values()]

    def catch_up(self) -> None:
        """Shows what has happened since the last time."""
        shown = self._sandbox.journal.shown
        while self._at < len(shown):
            showing = shown[self._at]
            self._at += 1
            if self._left and showing.chat_id == self._left.id:
                self._screen.show("left", [*self._private(showing), *self._keys_below(showing)])
            elif showing.chat_id in self._groups:
                self._screen.show("right", self._in_group(showing))

    def tapped(self, phone: Phone, label: str) -> None:
        """Somebody pressed a button; the journal has only what follows from it."""
        self.catch_up()
        text = self._signs["tap"].format(label=label)
        if phone is self._left:
            self._screen.show("left", self._mine([Line(text, "dim")]))
        else:
            self._screen.show("right", self._lines("right", f"{self._name(phone.id)} {text}", "dim"))

    def _private(self, showing: Showing) -> Block:
        if showing.action == "toast":
            return self._lines("left", self._signs["toast_own"].format(text=showing.text), "dim")
        if showing.by != "bot":
            room = self._screen.rooms["left"] - 12
            return self._mine([Line(line) for line in wrap(showing.text, room)])
        return self._message("left", showing)

    def _keys_below(self, showing: Showing) -> Block:
        """The keyboard that stands below the chat, when this message has brought another one."""
        keys = self._left.keyboard if self._left else []
        if showing.by != "bot" or keys == self._keys:
            return []
        self._keys = keys
        rows = [" ".join(f"({label})" for label in row) for row in keys] or [self._signs["no_keys"]]
        return [Line(f"  {line}", "dim") for row in rows for line in wrap(row, self._screen.rooms["left"] - 2)]

    def _in_group(self, showing: Showing) -> Block:
        """With the topic's name above when it is another one than before."""
        block = self._happened(showing)
        place = (showing.chat_id, showing.thread_id)
        if not block or place == self._topic or showing.action in ("topic_created", "topic_deleted"):
            return block
        self._topic = place
        topic = self._groups[showing.chat_id].topics.get(showing.thread_id or 1)
        return [*self._lines("right", f"# {topic.name if topic else 'General'}", "bold"), *block]

    def _happened(self, showing: Showing) -> Block:
        action, signs = showing.action, self._signs
        if action in LINES:
            return self._lines("right", signs[action].format(name=showing.text), "dim")
        if action == "reaction":
            message = self._groups[showing.chat_id].chat.messages.get(showing.message_id or 0)
            quote = message.text[:QUOTED].rpartition(" ")[0] if message else ""
            return self._lines("right", signs["reaction"].format(emoji=showing.text, quote=quote), "dim")
        if action == "toast":
            name = self._name(next(iter(showing.viewers)))
            return self._lines("right", signs["toast"].format(name=name, text=showing.text), "dim")
        if action == "joined":
            names = ", ".join(user["first_name"] for user in showing.params["new_chat_members"])
            return self._lines("right", signs["joined"].format(name=names), "dim")
        if action not in ("sent", "edited"):
            return []
        if showing.by != "bot":
            return self._lines("right", f"{self._name(showing.by)}: {showing.text}")
        return self._message("right", showing)

    def _message(self, side: Side, showing: Showing) -> Block:
        """A message of the bot's with its keyboard."""
        if showing.action not in ("sent", "edited"):
            return []
        edited = [Line(self._signs["edited"], "dim")] if showing.action == "edited" else []
        text = showing.text
        if text.count("\n") >= LONG and text in self._known:
            text = text.partition("\n")[0] + "\n" + self._signs["as_above"]
        self._known.add(showing.text)
        style: Style = "alarm" if text.startswith("\N{LARGE RED CIRCLE}") else "plain"
        room = self._screen.rooms[side] - len(BAR)
        body = [Line(BAR + line, style if number == 0 else "plain") for number, line in enumerate(wrap(text, room))]
        return [*edited, *body, *self._keyboard(side, showing)]

    def _keyboard(self, side: Side, showing: Showing) -> Block:
        markup = showing.markup or {}
        rows = [" ".join(f"[{button['text']}]" for button in row) for row in markup.get("inline_keyboard", [])]
        if len(rows) > ROWS:
            rows = [*rows[:2], self._signs["more_rows"].format(n=len(rows) - 3), rows[-1]]
        return [Line(f"  {line}", "dim") for row in rows for line in wrap(row, self._screen.rooms[side] - 2)]

    def _lines(self, side: Side, text: str, style: Style = "plain") -> Block:
        return [Line(line, style) for line in wrap(text, self._screen.rooms[side])]

    def _mine(self, block: Block) -> Block:
        """Her own words stand on the right of her telephone, as in Telegram."""
        room = self._screen.rooms["left"] - len(BAR)
        return [Line(rightward(line.text, room) + BAR[::-1], line.style) for line in block]

    def _name(self, user_id: int | str) -> str:
        return str(self._sandbox.world.user(int(user_id))["first_name"])
