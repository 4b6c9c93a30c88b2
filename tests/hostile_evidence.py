"""A hostile evidence folder: a copy of the evidence in which every free text carries something that wants to be obeyed.

Each payload comes with a mark of its own, so that a test finds on a page which of them are shown, and whether they are shown
as they stand. A payload leads to `ran()` if it is run as a script, and to a host of its own if it is asked for.
"""

import csv
import itertools
import json
import re
import shutil
import string
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from neckevidence.data.evidence import packaged_folder

HOST = "evil.example"
MARKUP = [
    "<img src=x onerror=ran()>",
    "<script>ran()</script>",
    "<svg onload=ran()>",
    f'"><iframe src=http://{HOST}/a></iframe>',
    "'><a href=javascript:ran()>zlink</a>",
    '<a href="data:text/html,<script>ran()</script>">zdata</a>',
    "</script><script>ran()</script>",
    "</textarea></title></style></pre><img src=x onerror=ran()>",
    "<details open ontoggle=ran()><summary>zfold</summary>",
    '" onmouseover="ran()" zattribute="',
    "' autofocus onfocus='ran()' zattribute='",
    f"<form action=http://{HOST}/><button>zgo</button></form>",
    f"<meta http-equiv=refresh content='a;url=http://{HOST}/'>",
    f"<link rel=stylesheet href=http://{HOST}/a.css><style>*{{color:red}}</style>",
    f"<base href=http://{HOST}/><object data=http://{HOST}/a>",
    "<!-- <b>zcomment",
    "]]><b>zcdata</b>",
    "&lt;b&gt;zb&lt;/b&gt; &amp;amp; &copy;",
]
MARKDOWN = [
    "[zlink](javascript:ran())",
    f"![zimage](http://{HOST}/a.png)",
    f"<http://{HOST}/auto> http://{HOST}/bare",
    "[zlink](data:text/html,zdata)",
    "**zbold** __zbold__",
    "_zunder_ *zstar* ~~zstruck~~",
    "za | zb | zc",
    "`zcode` ```zfence```",
    "[^znote] [@zcited] :::zdiv",
    r"\* \_ \` \<b\>",
]
SETTING = [
    "$zx^zy$",
    r"$\frac{za}{",
    r"\(zx\) \[zy\] $$zz$$",
    r"\input{/etc/passwd}",
    '#eval(zx) #read("/etc/passwd")',
    "@zref <zlabel> #zlet",
    "/* zcomment */ // zcomment",
    "za~zb--zc---zd...ze",
]
TEMPLATES = [
    "{{zx*zy}} {# zz #}",
    "{% raw %}",
    "${ran()} `${ran()}`",
    "%s %(zx)s %d%%",
    "{zx} {} {self.__class__}",
    r"C:\new\table\u \\ \n \x",
    "\"zq\" 'zq' \\\" \\'",
    "__proto__ constructor",
]
FORMULAS = [
    f'=HYPERLINK("http://{HOST}/","zgo")',
    "=cmd|'/c calc'!A",
    "+zx+cmd|'/c calc'!A",
    "-zx+cmd|'/c calc'!A",
    "@SUM(zx)",
]
PAYLOADS = [
    one for group in itertools.zip_longest(MARKUP, MARKDOWN, SETTING, TEMPLATES, FORMULAS) for one in group if one
]

# Columns of words that are read as a code: a payload in them would be another code, not another text.
_READ_AS_CODES = {("margins", "scale"), ("margins", "unit"), ("treatments", "drug_class")}
_READ_AS_CODES |= {("trials", "region"), ("reported", "region"), ("claim_rules", "applies_to")}  # of question.toml
_IN_ONE_CELL = 6  # payloads, at most; short tables need several in a cell for every payload to be in a column
# Keys of question.toml whose values are codes, dates or file names.
_CODES = {"searched", "report", "date", "asked", "good_from", "reference", "pool", "trial_id", "treatment", "control"}
_CODES |= {"outcome", "split", "file", "part"}
MARK = re.compile("zq[a-z]{4}qz")


def hostile_copy(folder: Path) -> dict[str, str]:
    """Write the folder; return each text that was put into it by its mark.

    A formula begins its cell, everything else follows what the source says. Codes, numbers and vocabularies stay as they are.
    """
    shutil.copytree(packaged_folder(), folder)
    letters = map("".join, itertools.product(string.ascii_lowercase, repeat=4))
    put: dict[str, str] = {}

    def loaded(text, payloads, first=True):
        for payload in payloads:
            mark = f"zq{next(letters)}qz"
            put[mark] = payload
            text = f"{payload} {mark} {text}" if first and payload in FORMULAS else f"{text} {payload} {mark}"
        return text

    descriptor = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    start = itertools.count()
    for resource in descriptor["resources"]:
        path = folder / resource["path"]
        with open(path, encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows, header = list(reader), reader.fieldnames
        for column, has_pattern in texts(resource).items():
            filled = list(_to_load(resource["name"], column, rows))
            many = min(_IN_ONE_CELL, -(-len(PAYLOADS) // max(len(filled), 1)))
            queue = itertools.islice(itertools.cycle(PAYLOADS), 7 * next(start) % len(PAYLOADS), None)
            for row in filled:
                row[column] = loaded(row[column], itertools.islice(queue, many), not has_pattern)
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        resource["description"] = loaded(resource["description"], MARKUP[:2])
    descriptor["title"] = loaded(descriptor["title"], MARKUP[:3])
    descriptor["description"] = loaded(descriptor["description"], MARKUP[:3])
    text = json.dumps(descriptor, ensure_ascii=False, indent=1)
    (folder / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")
    queue = itertools.cycle(PAYLOADS)

    def spoken(match):
        key, words, end = match.group("key", "words", "end")
        if key and key in _CODES:
            return match.group()
        text = loaded(words, [next(queue)])
        return f"{f'{key} = ' if key else '  '}{json.dumps(text, ensure_ascii=False)}{end}"

    question = (folder / "question.toml").read_text(encoding="utf-8")
    line = r'^(?:(?P<key>\w+) = |  )"(?P<words>[^"]*)"(?P<end>,?)$'  # a value, or a sentence of a list
    question = re.sub(line, spoken, question, flags=re.MULTILINE)
    (folder / "question.toml").write_text(question, encoding="utf-8", newline="\n")
    return put


def _to_load(table: str, column: str, rows: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Yield the rows whose cell says something, and is not read as a code as well.

    ``A vs B vs C`` says of which arms a p-value is, and the notebooks ask for sections of the register by name: of each
    section its last claim goes into a section of its own.
    """
    sections = [row.get("section") for row in rows]
    for place, row in enumerate(rows):
        over_all_arms = column == "comparison" and not row.get("treatment", "-")
        asked_for = (table, column) == ("claims", "section") and sections[place] not in sections[:place]
        last = column != "section" or sections[place] not in sections[place + 1 :]
        if row[column] and not over_all_arms and not asked_for and last:
            yield row


def texts(resource) -> dict[str, bool]:
    """Return the columns of a table in which the rules allow any text, or any after a beginning: then with True."""
    schema = resource["schema"]
    keys = set(schema["primaryKey"]).union(*(key["fields"] for key in schema["foreignKeys"]))
    rules = {field["name"]: field.get("constraints", {}) for field in schema["fields"] if field["type"] == "string"}
    return {
        name: "pattern" in rule
        for name, rule in rules.items()
        if name not in keys
        and (resource["name"], name) not in _READ_AS_CODES
        and "enum" not in rule
        and rule.get("pattern", ".+").endswith(".+")
    }


def unspaced(text: str) -> str:
    """Return a text without what setting it changes: spaces, hyphens at the end of a line, ligatures, first letters."""
    return re.sub(r"[\s\u200b\u00ad\u2060\ufffe-]", "", unicodedata.normalize("NFKC", text).casefold())


def shown_of(put: dict[str, str], text: str) -> set[str]:
    """Return the payloads that a text shows; each must stand before its mark as it was written."""
    bare = unspaced(text)
    shown, altered = set(), []
    for mark in MARK.finditer(bare):
        payload = put[mark.group()]
        if not bare[: mark.start()].endswith(unspaced(payload)):
            altered.append(f"{payload!r} is shown as {bare[max(0, mark.start() - len(payload) - 20) : mark.end()]!r}")
        shown.add(payload)
    assert not altered, f"{len(altered)} altered, {len(shown)} payloads shown:\n" + "\n".join(altered[:20])
    return shown
