"""One class per area. Each works inside the transaction it is given, tells people by the outbox, never sends."""

from bot.services.aside import Aside
from bot.services.binding import Binding
from bot.services.boards import Boards
from bot.services.cases import Cases
from bot.services.dangers import Dangers
from bot.services.delivery import Delivery
from bot.services.desk import DeskWork
from bot.services.ladders import Ladders
from bot.services.people import People
from bot.services.placing import Placing
from bot.services.planning import Planning
from bot.services.rescuing import Rescue
from bot.services.restoring import Restoring
from bot.services.shifts import Shifts
from bot.services.tell import Tell
from bot.services.upkeep import Upkeep
from storage.database import Transaction


class Services:
    """Every area over one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self.whole_or_not = tx.savepoint
        self.tell = Tell(tx)
        self.ladders = Ladders(tx, self.tell)
        self.placing = Placing(tx, self.tell, self.ladders)
        self.rescue = Rescue(tx, self.tell)
        self.dangers = Dangers(tx, self.tell, self.placing, self.ladders)
        self.cases = Cases(tx, self.tell, self.placing, self.dangers, self.ladders)
        self.people = People(tx, self.tell, self.cases, self.rescue)
        self.desk_work = DeskWork(tx, self.tell, self.placing, self.ladders, self.rescue)
        self.aside = Aside(tx, self.tell, self.desk_work)
        self.binding = Binding(tx, self.tell, self.placing)
        self.boards = Boards(tx, self.tell)
        self.planning = Planning(tx, self.tell)
        self.shifts = Shifts(tx, self.tell, self.desk_work, self.ladders, self.boards)
        self.upkeep = Upkeep(tx)
        self.restoring = Restoring(tx, self.tell, self.placing)
        self.delivery = Delivery(
            tx, self.tell, self.placing, self.ladders, self.people, self.binding, self.rescue, self.shifts
        )
