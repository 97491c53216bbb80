"""What the README's figures come from: `make bench`.

`throughput` runs Senim beside a bare aiogram echo bot on one sandbox, one after the other in several rounds, so that
what the machine does meanwhile falls on both. A message of a person is one send of either bot: the echo goes back to
her, Senim takes her words to the topic of her case. Senim is the real process (`senim run`) with a real SQLite file
(synchronous=FULL) and real keys, 200 people with claimed cases, and every message is on disk twice before it arrives:
as it came, and as it goes. The echo bot keeps nothing. A third client, which does as little as a program can, shows
what the sandbox itself can take.

Limits are off on both sides: the sandbox's, and Senim's own pace, which `lifted` raises before it starts the command.
What arrived, when, how often and in which order is counted from the sandbox's journal.
"""
