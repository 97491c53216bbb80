"""What was read from a person's words: a level, a category, and the words that say so, sealed under the case's key."""

from typing import Any

from bot.domain.urgency import Assessment, Level, Reason
from storage.statements import Statements, case_key, new_id


def packed(found: Assessment) -> dict[str, Any]:
    """An assessment as it can be sealed."""
    return {"level": found.level, "category": found.category, "reasons": _packed_reasons(found)}


def unpacked(kept: dict[str, Any]) -> Assessment:
    """The same back. Raises for what was never packed."""
    return Assessment(Level(kept["level"]), kept["category"], _unpacked_reasons(kept["reasons"]))


def _packed_reasons(found: Assessment) -> list[list[str]]:
    return [[reason.code, reason.words] for reason in found.reasons]


def _unpacked_reasons(kept: list[list[str]]) -> tuple[Reason, ...]:
    return tuple(Reason(code, words) for code, words in kept)


class FindingTable:
    """The `finding` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, found: Assessment) -> None:
        """Stores what was found in one message or tap; nothing of an ordinary one."""
        if found.level is Level.ORDINARY:
            return
        name = new_id()
        await self._tx.run(
            "INSERT INTO finding (id, case_id, at, level, category, reasons)"
            " VALUES (:id, :case, :now, :level, :category, :reasons)",
            id=name, case=case, now=self._tx.now, level=found.level, category=found.category,
            reasons=await self._tx.seal_json(case_key(case), f"finding/{name}/reasons", _packed_reasons(found)),
        )  # fmt: skip

    async def newest(self, case: str, level: Level) -> Assessment | None:
        """The newest of this level; what is graver than the case is now was lowered by two people."""
        if level is Level.ORDINARY:
            return None
        row = await self._tx.one(
            "SELECT id, category, reasons FROM finding WHERE case_id = :case AND level = :level"
            " ORDER BY seq DESC LIMIT 1",
            case=case, level=level,
        )  # fmt: skip
        if row is None:
            return None
        kept = await self._tx.unseal_json(case_key(case), f"finding/{row['id']}/reasons", row["reasons"])
        return Assessment(level, row["category"], _unpacked_reasons(kept))

    async def without_words(self, case: str, at: int, until: int) -> None:
        """What was found in a message of that moment stays found, by its level and by the codes of the reasons; the
        words in them are erased. So are those of what was read together with words before it, until then. Epoch
        milliseconds, both ends too."""
        rows = await self._tx.all(
            "SELECT id, at, reasons FROM finding WHERE case_id = :case AND at BETWEEN :at AND :until",
            case=case, at=at, until=until,
        )  # fmt: skip
        for row in rows:
            place = f"finding/{row['id']}/reasons"
            kept = await self._tx.unseal_json(case_key(case), place, row["reasons"])
            if row["at"] != at and all(code != "before" for code, _ in kept):
                continue
            bare = await self._tx.seal_json(case_key(case), place, [[code, ""] for code, _ in kept])
            await self._tx.run("UPDATE finding SET reasons = :bare WHERE id = :id", bare=bare, id=row["id"])

    async def erase(self, case: str) -> None:
        await self._tx.run("DELETE FROM finding WHERE case_id = :case", case=case)
