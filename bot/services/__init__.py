"""One class per area. Each works inside the transaction it is given, tells people by the outbox, never sends."""

from bot.services.aside import Aside
from bot.services.binding import Binding
from bot.services.blocks import Blocks
from bot.services.boards import Boards
from bot.services.canned import Canned
from bot.services.cases import Cases
from bot.services.control import Controls
from bot.services.dangers import Dangers
from bot.services.delivery import Delivery
from bot.services.desk import DeskWork
from bot.services.enclosures import Enclosures
from bot.services.guard import Guard
from bot.services.guide import Guide
from bot.services.hands import Hands
from bot.services.keeping import Keeping
from bot.services.ladders import Ladders
from bot.services.looks import Looks
from bot.services.media import Media
from bot.services.opening import Opening
from bot.services.passing import Passing
from bot.services.people import People
from bot.services.placing import Placing
from bot.services.planning import Planning
from bot.services.practice import Practising
from bot.services.raising import Raising
from bot.services.rescuing import Rescue
from bot.services.restoring import Restoring
from bot.services.search import Search
from bot.services.shifts import Shifts
from bot.services.taking_back import TakingBack
from bot.services.tell import Tell
from bot.services.threads import Threads
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
        self.opening = Opening(tx, self.tell)
        self.blocks = Blocks(tx, self.tell)
        self.media = Media(tx, self.tell)
        self.enclosures = Enclosures(tx, self.tell)
        self.cases = Cases(
            tx, self.tell, self.placing, self.dangers, self.ladders, self.opening, self.blocks, self.media
        )  # fmt: skip
        self.people = People(tx, self.tell, self.cases, self.rescue, self.blocks)
        self.desk_work = DeskWork(tx, self.tell, self.placing, self.ladders, self.rescue)
        self.canned = Canned(tx, self.tell, self.desk_work)
        self.guide = Guide(tx, self.tell)
        self.practice = Practising(tx, self.tell)
        self.raising = Raising(tx, self.tell, self.dangers, self.ladders)
        self.controls = Controls(tx, self.tell)
        self.looks = Looks(tx, self.tell, self.cases)
        self.search = Search(tx, self.tell, self.ladders)
        self.passing = Passing(tx, self.tell, self.desk_work)
        self.threads = Threads(tx, self.tell)
        self.taking_back = TakingBack(tx, self.tell, self.cases, self.threads)
        self.screened = self.desk_work.screened
        self.aside = Aside(tx, self.tell, self.desk_work)
        self.binding = Binding(tx, self.tell, self.placing)
        self.guard = Guard(tx, self.tell, self.binding)
        self.hands = Hands(tx, self.tell, self.placing)
        self.boards = Boards(tx, self.tell)
        self.planning = Planning(tx, self.tell)
        self.shifts = Shifts(tx, self.tell, self.desk_work, self.ladders, self.boards)
        self.upkeep = Upkeep(tx)
        self.keeping = Keeping(tx, self.tell, self.cases)
        self.restoring = Restoring(tx, self.tell, self.placing)
        self.delivery = Delivery(
            tx, self.tell, self.placing, self.ladders, self.people, self.binding, self.rescue, self.shifts, self.media
        )
