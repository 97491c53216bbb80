"""The `senim` command: its words. What they do is in bot/commands.py, which is loaded when it is asked for."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path

STOPPED = 130
"""The exit code after Ctrl-C: 128 and the number of the signal, as shells count."""


def main() -> None:
    """Parses the command line; what a person can mend is one sentence and exit code 2."""
    arguments = _parser().parse_args()
    try:
        with _loading():
            commands = import_module("bot.commands")
            import_module(arguments.needs)
        sys.exit(commands.obey(arguments))
    except KeyboardInterrupt:
        print("senim: stopped", file=sys.stderr)
        sys.exit(STOPPED)


@contextmanager
def _loading() -> Iterator[None]:
    """While modules are loaded, which takes seconds, Ctrl-C ends the process by the signal itself. Nothing is open yet;
    as an exception it could come up in the middle of a library that prints it and goes on."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="senim", description="A helpline bot for Telegram, in Kazakh and Russian.",
        epilog="Every command but `keys` and `demo` takes its settings from the environment, over .env of this folder,"
        " else /etc/senim/environment; .env.example has the list. `senim COMMAND --help` says more of each.",
    )  # fmt: skip
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and end")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = _command(
        commands, "run", "bot.app", "run the bot",
        "Runs the bot until Ctrl-C or SIGTERM, which take less than 5 seconds. The first start makes the database and"
        " prints a one-time link for the first administrator.",
    )  # fmt: skip
    run.add_argument(
        "--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"],
        help="what goes to stderr (INFO)",
    )  # fmt: skip
    _command(
        commands, "admin", "bot.app", "print a one-time link that makes an administrator",
        "Prints a link that makes whoever opens it in Telegram an administrator: once, within 10 minutes. The running"
        " bot makes it; without one it is made in the database.",
    )  # fmt: skip
    keys = commands.add_parser("keys", help="the key ring", description="The key ring, which opens every stored word.")
    new = _command(
        keys.add_subparsers(required=True, metavar="COMMAND"), "new", "bot.commands", "make a key ring",
        "Makes a key ring that its owner alone can read (0600). A ring that is there is left as it is, unless --rotate"
        " is given. Back it up apart from the database.", name="keys new",
    )  # fmt: skip
    new.add_argument("file", type=Path, metavar="FILE", help="the ring, which SENIM_KEYS names: /etc/senim/keys")
    new.add_argument(
        "--rotate", action="store_true", help="put a fresh first key in a ring that is there; the older ones stay"
    )
    made = _command(
        commands, "backup", "bot.app", "copy the database into a file, also of a running bot, and check the copy",
        "Copies the database of the running bot, or of a stopped one, into one file and checks it. A running bot must"
        " be able to write there: under systemd only in /var/lib/senim. The key ring is not in it.",
    )  # fmt: skip
    made.add_argument("file", type=Path, metavar="FILE", help="the backup; nothing is written over")
    restored = _command(
        commands, "restore", "bot.app", "make a backup the database of a bot that is stopped",
        "Checks a backup and makes it the database that SENIM_DATABASE names, where none may be. SECURITY.md says what"
        " to do afterwards.",
    )  # fmt: skip
    restored.add_argument("file", type=Path, metavar="FILE", help="what `senim backup` has made")
    _command(
        commands, "unit", "bot.systemd", "print a unit for systemd, for this machine",
        "Prints a unit with the paths of this installation; what to do with it stands at its end. What the bot's user"
        " could not read is warned of.",
    )  # fmt: skip
    triage = _command(
        commands, "triage", "bot.triage", "say how urgent texts are, and why",
        "Reads a text from each line of stdin, or from a column of a CSV file, and writes one JSON object for each:"
        ' {"level": "red|amber|none", "category": ..., "reasons": [{"code": ..., "words": ...}]}. It asks nobody and'
        " keeps nothing.",
    )  # fmt: skip
    triage.add_argument("--csv", type=Path, metavar="FILE", help="a CSV file in UTF-8 whose first line names columns")
    triage.add_argument("--column", metavar="NAME", help="the column with the texts (text)")
    demo = _command(
        commands, "demo", "bot.demo.page.live", "three telephones in a browser, with the real bot behind them",
        "Serves a page on this machine with a teenager's, a parent's and an operator's telephone; the real bot and a"
        " Telegram of our own are behind it. No setting is needed, and nothing is left behind.",
    )  # fmt: skip
    demo.add_argument("--play", action="store_true", help="play both conversations in the terminal instead, and end")
    demo.add_argument("--port", type=int, default=0, help="of the page, on 127.0.0.1 (default: a free one)")
    demo.add_argument("--no-browser", action="store_true", help="print the page's address and open nothing")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", word: str, needs: str, short: str, whole: str,
    name: str = "",
) -> argparse.ArgumentParser:  # fmt: skip
    """A command with its short and its whole help; `needs` is the module that it loads."""
    command = commands.add_parser(word, help=short, description=whole)
    command.set_defaults(command=name or word, needs=needs)
    return command


class _Version(argparse.Action):
    """The version of the installed package, looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            version = metadata.version("senim")
        except metadata.PackageNotFoundError:
            version = "(not installed)"
        print(f"senim {version}")
        parser.exit()


if __name__ == "__main__":
    main()
