"""What all tests share."""

import signal

import bot.telegram.models  # noqa: F401 - before aiogram, as in the bot

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever starts the tests in the background leaves them deaf to Ctrl-C, and all that they start as well.
    signal.signal(signal.SIGINT, signal.default_int_handler)
