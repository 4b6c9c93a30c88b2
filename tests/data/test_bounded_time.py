"""What a folder within the limits costs to check: seconds, however its rows are filled, and a bounded memory."""

import subprocess
import sys

import pytest

from neckevidence.data.question_checks import read_question

ARMS = "trial_id,arm_id,treatment\nt,a,A\nt,b,B\n"
COUNTS = "trial_id,arm_id,outcome,events,n"
MANY = 49_000
CLAIMS = 20_000


def rows(head, row, number):
    return head + "\n" + "".join(row(place) + "\n" for place in range(number))


FOLDERS = {
    "figures with their prints": {
        "arms": rows("trial_id,arm_id,treatment", lambda i: f"t{i // 2},{'ab'[i % 2]},{'AB'[i % 2]}", MANY),
        "counts": rows(f"{COUNTS},as_printed", lambda i: f"t{i // 2},{'ab'[i % 2]},x,{i % 50},80,{i % 50}/80", MANY),
    },
    "a fault in every row": {
        "counts": rows(f"{COUNTS},percent,as_printed", lambda i: f'u{i},a,x,{i},7,33.3,"9 of 8, 7%"', MANY)
    },
    "thousands of numbers in every print": {
        "counts": rows(f"{COUNTS},as_printed", lambda i: f"t,a,x{i},1,10,{' '.join(map(str, range(1200)))}", 1_600)
    },
    "one number, thousands of times in every print": {
        "counts": rows(f"{COUNTS},as_printed", lambda i: f"t,a,x{i},3,10,{'1 ' * 2480}", 1_600)
    },
    "prints of nothing but digits": {
        "counts": rows(f"{COUNTS},as_printed", lambda i: f"t,a,x{i},1,10,{'1' * 4900}", 1_600)
    },
    "thousands of claims": {
        "claims": rows("claim_id,claim,section,outcome", lambda i: f"c{i},words,s,o", CLAIMS),
        "claim_rules": rows(
            "claim_id,rule,numbers,applies_to,reading,treatment,control,outcome,measure",
            lambda i: f"c{i},superiority,comparison,any,any,A,B,x,RR",
            CLAIMS,
        ),
        "claim_facts": rows("claim_id,fact_id,role", lambda i: f"c{i},counts_001,context", CLAIMS),
    },
}

# The peak of this process alone: that of getrusage begins with the memory of the process that started it.
MEASURED = """
import resource, sys
from pathlib import Path
import neckevidence as ne
ne.check_evidence(sys.argv[1])
peak = next(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_utime, peak)
"""


@pytest.mark.parametrize("name", FOLDERS)
def test_a_large_folder_is_checked_in_seconds(tmp_path, name):
    tables = {"arms": ARMS, "counts": f"{COUNTS}\nt,a,x,1,10\nt,b,x,2,10\n"} | FOLDERS[name]
    for table, text in tables.items():
        (tmp_path / f"{table}.csv").write_text(text, encoding="utf-8")
    run = subprocess.run([sys.executable, "-c", MEASURED, tmp_path], check=True, timeout=300, capture_output=True)
    seconds, kib = map(float, run.stdout.split())
    assert seconds < 40  # no timing: what grows with the square of the rows takes minutes, all others below 10
    assert kib < 500 * 1024


DOTTED = "a" + ".a" * 100_000
KEYS = {
    "a key": f"{DOTTED} = 1",
    "a heading": f"[{DOTTED}]",
    "behind a text of many quotation marks": f'x = {{z = """z"""", {DOTTED} = "1"}}',
    "behind an escaped quotation mark": f'x = "\\"", {DOTTED} = "1"',
    "behind an apostrophe": f"x = '\\', {DOTTED} = '1'",
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_of_the_question_has_a_limit_of_parts(name):
    """The time that `tomllib` takes for one grows with the square of its parts."""
    (fault,) = read_question(KEYS[name])[1]
    assert str(fault) == "question.toml: found a key of over 20 parts; expected at most 20"


@pytest.mark.parametrize("text", ['"\\' * 100_000, '"""\\' * 60_000, "'\n" * 100_000, '"""' * 80_000])
def test_quotation_marks_that_never_end_cost_no_time(text):
    question, _ = read_question(text)
    assert question.title == ""


def test_dots_in_texts_and_comments_are_no_parts_of_a_key():
    text = f'title = "{"a." * 50}" # {"b." * 50}\nsubtitle = """\n{"c." * 50}"""\n'
    question, faults = read_question(text)
    assert (question.title, question.subtitle, faults) == ("a." * 50, "c." * 50, ())
