"""The Bot API methods that the sandbox plays, by name."""

from . import chats, editing, profile, reactions, sending, topics, webhook
from .registry import KNOWN, METHODS, Played

__all__ = ["KNOWN", "METHODS", "Played", "chats", "editing", "profile", "reactions", "sending", "topics", "webhook"]
