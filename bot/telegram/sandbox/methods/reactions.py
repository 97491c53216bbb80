"""Reactions, and answers to taps."""

from __future__ import annotations

from aiogram.methods import AnswerCallbackQuery, SetMessageReaction
from aiogram.types import ReactionTypeEmoji, ReactionTypeUnion

from bot.telegram.sandbox import access
from bot.telegram.sandbox.errors import JSON, bad
from bot.telegram.sandbox.params import plain
from bot.telegram.sandbox.updates import CALLBACK_LIFE
from bot.telegram.sandbox.world import World

from .registry import plays

EMOJI = frozenset(
    {
        "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩", "🤮", "💩",
        "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳", "❤‍🔥", "🌚", "🌭", "💯", "🤣", "⚡", "🍌", "🏆",
        "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈", "😴", "😭", "🤓", "👻", "👨‍💻", "👀", "🎃", "🙈",
        "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄",
        "😘", "💊", "🙊", "😎", "👾", "🤷‍♂", "🤷", "🤷‍♀", "😡",
    }
)  # fmt: skip
"""https://core.telegram.org/bots/api#reactiontypeemoji."""

TOAST = 200
QUERY_GONE = "query is too old and response timeout expired or query ID is invalid"


@plays(SetMessageReaction)
def set_message_reaction(world: World, call: SetMessageReaction) -> bool:
    """A bot may have one reaction on a message; an empty list takes it away."""
    chat = access.reach(world, call.chat_id)
    message = access.message_in(chat, call.message_id, "message to react")
    wanted = check(call.reaction or [])
    if wanted == message.reactions.get(world.bot_id, []):
        return True
    if wanted:
        message.reactions[world.bot_id] = wanted
    else:
        message.reactions.pop(world.bot_id, None)
    emoji = "".join(str(reaction["emoji"]) for reaction in wanted)
    world.show(message, "reaction", world.bot_id, text=emoji)
    return True


def check(reactions: list[ReactionTypeUnion]) -> list[JSON]:
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    for reaction in reactions:
        if not isinstance(reaction, ReactionTypeEmoji) or reaction.emoji not in EMOJI:
            raise bad("REACTION_INVALID")
    return [plain(reaction) for reaction in reactions]


@plays(AnswerCallbackQuery)
def answer_callback_query(world: World, call: AnswerCallbackQuery) -> bool:
    """Once, within 150 s; at most 200 characters. Of addresses only the bot's own start link: the others are for games
    (https://core.telegram.org/bots/api#answercallbackquery)."""
    tap = world.taps.get(call.callback_query_id)
    if tap is None or tap.answered or world.clock.time() - tap.at > CALLBACK_LIFE:
        raise bad(QUERY_GONE)
    text = call.text or ""
    if len(text) > TOAST:
        raise bad("MESSAGE_TOO_LONG")
    if call.url and not call.url.startswith(f"https://t.me/{world.bot['username']}?start="):
        raise bad("URL_INVALID")
    tap.answered, tap.url = True, call.url
    tap.answer, tap.alert = text or None, bool(call.show_alert)
    if text:
        world.journal.show(
            tap.chat.id, "bot", "toast", frozenset({tap.person}),
            thread_id=tap.message.thread, message_id=tap.message.id, text=text,
            params={"show_alert": bool(call.show_alert)}, notification=bool(call.show_alert),
        )  # fmt: skip
    world.pulse.beat()
    return True
