"""Every commit has a name of its own, so that crash tests can stop the process at each of them."""

from collections import Counter

import pytest

from tests.commits import JOB, ROOT, bare_commits, names, sources, transactions


def test_every_transaction_has_a_name_and_no_two_share_one() -> None:
    found = [(path, *place) for path in sources() for place in transactions(path.read_text("utf-8"))]

    assert [(str(path), line) for path, line, name in found if name is None] == []
    counted = Counter(name for _, _, name in found)
    assert [name for name, count in counted.items() if count > 1] == []
    assert JOB in counted
    assert {"intake.store", "worker.batch", "sender.turn", "open.keys"} <= set(names())


def test_nothing_commits_but_the_one_place_that_names_it() -> None:
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        assert list(bare_commits(name, path.read_text("utf-8"))) == [], name


@pytest.mark.parametrize(
    "source",
    ["database.transaction()", "database.transaction(name)", "database.transaction('')", "x.transaction(f'{name}')"],
)
def test_a_transaction_without_a_name_is_found(source: str) -> None:
    assert list(transactions(source)) == [(1, None)]


@pytest.mark.parametrize("source", ["run('COMMIT')", "connection.commit()", "script = 'BEGIN; COMMIT ;'"])
def test_a_commit_past_the_one_place_is_found(source: str) -> None:
    assert list(bare_commits("storage/cases.py", source)) == [1]
