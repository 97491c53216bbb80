"""How well operators' sentences are screened: labelled lists, and the figures."""
