"""Pure rules: frozen values, moves and their errors. No I/O, no clock, nothing of ours from outside."""
