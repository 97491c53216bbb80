"""`senim triage`: one JSON object for each text, and a sentence for what cannot be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def triage(*arguments: str, told: bytes = b"") -> tuple[int, str, str]:
    run = subprocess.run(
        [sys.executable, "-m", "bot", "triage", *arguments], input=told, capture_output=True, timeout=60, check=False
    )
    return run.returncode, run.stdout.decode(), run.stderr.decode()


def test_each_line_has_an_answer_of_its_own() -> None:
    code, out, _ = triage(told="өмір сүргім келмейді\n\nпривет, как дела?\n\xff".encode())
    answers = [json.loads(line) for line in out.splitlines()]

    assert code == 0
    assert [answer["level"] for answer in answers] == ["red", "none", "none", "none"]
    assert answers[0]["category"] == "suicide"
    assert answers[0]["reasons"][0]["code"] == "cue"
    assert answers[1:3] == [{"level": "none", "category": None, "reasons": []}] * 2


def test_what_is_no_utf8_is_read_as_well_as_it_can_be_and_complained_of() -> None:
    read = "не хочу жить\n\ufffd\n".encode()
    code, out, complaint = triage(told=b"\xff\xfe " + read + "спасибо\n".encode("cp1251"))

    assert [json.loads(line)["level"] for line in out.splitlines()] == ["red", "none", "none"]
    assert (code, complaint.splitlines()) == (
        2, ["senim: lines that are not UTF-8, and were assessed by what could be read of them: 2"],
    )  # fmt: skip


def test_a_column_without_its_file_is_refused() -> None:
    code, out, complaint = triage("--column", "letter", told="не хочу жить\n".encode())

    assert (code, out) == (2, "")
    assert "--csv FILE" in complaint


def test_a_column_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    file.write_text('\ufeffid,letter\n1,"не хочу\nжить"\n2,спасибо\n3,\n', "utf-8")
    code, out, _ = triage("--csv", str(file), "--column", "letter")

    assert code == 0
    assert [json.loads(line)["level"] for line in out.splitlines()] == ["red", "none", "none"]


@pytest.mark.parametrize(
    ("content", "column", "sentence"),
    [
        (b"id,text\n1,a\n", "letter", "has no column letter; there are: id, text"),
        (b"", "text", "has no column text; there are: none"),
        ("id,text\n1,хат\n".encode("cp1251"), "text", "is not UTF-8"),
        (b'text\n"never closed', "text", "is no CSV"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes, column: str, sentence: str) -> None:
    file = tmp_path / "letters.csv"
    file.write_bytes(content)
    code, _, complaint = triage("--csv", str(file), "--column", column)

    assert code == 2
    assert sentence in complaint
    assert "Traceback" not in complaint


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    code, out, complaint = triage("--csv", str(tmp_path / "none.csv"))

    assert (code, out) == (2, "")
    assert "cannot be read" in complaint


def test_who_reads_a_line_and_goes_leaves_no_traceback() -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "bot", "triage"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stdin
    assert run.stdout
    assert run.stderr
    run.stdout.close()
    run.stdin.write("спасибо\n".encode() * 100)
    run.stdin.close()
    complaint = run.stderr.read().decode()
    run.stderr.close()

    assert (run.wait(60), complaint) == (0, "")
