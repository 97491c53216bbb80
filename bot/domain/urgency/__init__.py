"""How urgent something is. Three levels everywhere; a rule may only raise them."""

from bot.domain.urgency.assessing import ORDINARY, Assessment, Reason, Urgency
from bot.domain.urgency.levels import SOS, Level, is_bare_sos, is_sos

__all__ = ["ORDINARY", "SOS", "Assessment", "Level", "Reason", "Urgency", "is_bare_sos", "is_sos"]
