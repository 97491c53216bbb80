"""Webhooks are remembered (they stop getUpdates) but nothing is posted to them."""

from __future__ import annotations

from aiogram.methods import DeleteWebhook, GetWebhookInfo, SetWebhook

from bot.telegram.sandbox.errors import JSON, bad
from bot.telegram.sandbox.world import World

from .registry import plays

URL = ("webhook", "url")


@plays(SetWebhook)
def set_webhook(world: World, call: SetWebhook) -> bool:
    if call.url and not call.url.startswith("https://"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if call.allowed_updates is not None:
        world.updates.allow(call.allowed_updates)
    if call.drop_pending_updates:
        world.updates.drop()
    world.settings[URL] = call.url
    world.pulse.beat()
    return True


@plays(DeleteWebhook)
def delete_webhook(world: World, call: DeleteWebhook) -> bool:
    if call.drop_pending_updates:
        world.updates.drop()
    world.settings[URL] = ""
    return True


@plays(GetWebhookInfo)
def get_webhook_info(world: World, call: GetWebhookInfo) -> JSON:
    info: JSON = {
        "url": world.settings.get(URL, ""),
        "has_custom_certificate": False,
        "pending_update_count": world.updates.pending,
    }
    if info["url"]:
        info["max_connections"] = 40
    info["allowed_updates"] = sorted(world.updates.allowed)
    return info
