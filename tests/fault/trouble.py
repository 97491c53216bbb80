"""What may go wrong in a play: answers of Telegram, groups, rows on the disk."""

from typing import Any

from tests.fault.cast import SPOILT, Cast
from tests.fault.ledger import PLANTED, UNREAD, Answer, Word
from tests.fault.stage import LONGER

METHODS = (
    None, None, "sendMessage", "sendMessage", "editMessageText", "createForumTopic", "pinChatMessage",
    "setMessageReaction", "answerCallbackQuery", "getChatMember", "getUpdates",
)  # fmt: skip

FAULTS: dict[str, dict[str, Any]] = {
    "flood 2": {"kind": "fail", "code": 429, "parameters": {"retry_after": 2}},
    "flood 40": {"kind": "fail", "code": 429, "parameters": {"retry_after": 40}},
    "500": {"kind": "fail", "code": 500, "description": "Internal Server Error: sandbox"},
    "502": {"kind": "server_error"},
    "cut before": {"kind": "cut_before"},
    "cut after": {"kind": "cut_after"},
    "slow": {"kind": "hang", "seconds": 0.3},
    "hangs": {"kind": "hang", "seconds": LONGER},
    "garbage": {"kind": "garbage"},
    "no result": {"kind": "no_result"},
    "401": {"kind": "fail", "code": 401, "description": "Unauthorized"},
    "409": {"kind": "fail", "code": 409, "description": "Conflict: terminated by other getUpdates request"},
    "deactivated": {"kind": "fail", "code": 403, "description": "Forbidden: user is deactivated"},
}
OF_A_PERSON = {"deactivated"}
"""What Telegram says only of a private chat."""

FOREVER = 3_600.0

BAD: dict[str, dict[str, Any]] = {
    "hangs": {"kind": "hang", "seconds": FOREVER},
    "500": {"kind": "fail", "code": 500, "description": "Internal Server Error: sandbox"},
    "cut before": {"kind": "cut_before"},
    "garbage": {"kind": "garbage"},
    "no result": {"kind": "no_result"},
    "flood 40": {
        "kind": "fail", "code": 429, "description": f"Too Many Requests: retry after 40{PLANTED}",
        "parameters": {"retry_after": 40},
    },
}  # fmt: skip
"""How a chat answers as long as it is bad; none of these calls has an effect."""

EVERYTHING = {
    *FAULTS, *(f"bad: {how}" for how in BAD), *SPOILT, "set back", "locked", "a later case", "answered what is over",
    "said beside a bad chat", "damaged inbox", "damaged outbox",
}  # fmt: skip
"""What must have happened in a long run, or it proves nothing about it."""


async def overwrite_a_row(cast: Cast, table: str, which: int) -> None:
    """Damages what the stopped bot has to do still. What stood in the row cannot be told any more: it is excused, and
    nothing else."""
    body, about = {
        "inbox": ("body", "update_id AS about, '' AS kind, '' AS post, '' AS key"),
        "outbox": (
            "params",
            "0 AS about, kind AS post, CASE kind WHEN 'queue_card' THEN kind ELSE recipient_kind END AS kind,"
            " COALESCE((SELECT person FROM cases c WHERE c.id IN (t.case_id, t.recipient)), recipient) AS key",
        ),
    }[table]
    stage, ledger = cast.stage, cast.ledger
    rows = stage.rows(f"SELECT seq, {about} FROM {table} t WHERE state IN ('waiting', 'sending')")
    if not rows:
        return
    row = rows[which % len(rows)]
    stage.overwrite(f"UPDATE {table} SET {body} = x'00ff00ff' WHERE seq = ?", row["seq"])
    stage.happened[f"damaged {table}"] += 1
    if table == "inbox":
        said: list[Word | Answer] = [*ledger.words.values(), *ledger.answers.values()]
        ledger.excused |= {one.token for one in said if one.update == row["about"]}
        cast.bad(row["about"], UNREAD)
    elif row["kind"] == "operator":
        ledger.unheard |= set(ledger.bad_updates)
    elif row["kind"] != "queue_card":  # a card is made again
        who = (await stage.keys()).get(row["key"])
        answers = row["kind"] == "person" or row["post"] in ("reaction", "reply")
        lost: list[Word | Answer] = [*(ledger.answers if answers else ledger.words).values()]
        ledger.excused |= {one.token for one in lost if who in (None, one.who)}
        ledger.untold |= set(range(len(stage.people))) if who is None else {who}
