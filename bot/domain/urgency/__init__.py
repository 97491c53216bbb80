"""How urgent something is. Three levels everywhere; a rule may only raise them."""

from bot.domain.urgency.assessing import ORDINARY, Assessment, Reason, Tables, Urgency
from bot.domain.urgency.levels import SOS, Level, is_bare_sos, is_sos
from bot.domain.urgency.weighing import Weights

__all__ = ["ORDINARY", "SOS", "Assessment", "Level", "Reason", "Tables", "Urgency", "Weights", "is_bare_sos", "is_sos"]
