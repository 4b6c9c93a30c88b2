"""Letters that the font of PDF and pictures lacks: named by place before the work, and no boxes in what is made."""

import re
import zipfile

import nbformat
import pandas as pd
import pytest
from small_notebooks import write_notebooks

import neckevidence as ne
from neckevidence.report import build
from neckevidence.report.letters import unknown_letters

ARMS = "trial_id,arm_id,treatment\nt,a,A\nt,b,B\n"
SCRIPTS = {"Chinese": "田中", "Thai": "ภาษาไทย", "Hindi": "हिन्दी", "Korean": "한국어", "mathematical": "𝒜"}


@pytest.fixture
def minimal(tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "arms.csv").write_text(ARMS, encoding="utf-8")
    (folder / "counts.csv").write_text("trial_id,arm_id,outcome,events,n\nt,a,x,1,10\nt,b,x,2,10\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("place", ["title", "lead.1.title", "trials", "a notebook"])
def test_letters_without_a_font_are_named_before_the_work(minimal, tmp_path, monkeypatch, script, place):
    def never(*arguments):
        raise AssertionError("the work has begun")

    monkeypatch.setattr(build, "run_notebooks", never)
    text, notebooks = SCRIPTS[script], write_notebooks(tmp_path / "notebooks")
    lead = f'[[lead]]\ntreatment = "A"\ncontrol = "B"\noutcome = "x"\ntitle = "{text if place == "lead.1.title" else "L"}"\n'
    question = f'title = "{text if place == "title" else "T"}"\n{lead}'
    (minimal / "question.toml").write_text(question, encoding="utf-8")
    said = f"question.toml, column {place}: found "
    if place == "trials":
        (minimal / "trials.csv").write_text(f"trial_id,label\nt,{text}\n", encoding="utf-8")
        said = "trials, row 2, column label: found "
    if place == "a notebook":
        path = notebooks / "02_second.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells[2].source += text
        nbformat.write(notebook, path)
        said = "02_second.ipynb, column cell 3: found "
    message = re.escape(f"pdf: {said}{unknown_letters(text)}; expected letters of DejaVu Sans")
    with pytest.raises(ne.NeckevidenceError, match=message):
        build.build_report(tmp_path / "out", minimal, notebooks, ["pdf"], progress=False)


def test_word_leaves_out_a_picture_that_would_have_boxes_and_keeps_its_numbers(folder, tmp_path, capsys):
    folder.change("treatments", {"treatment": "CYC5"}, name="环苯扎林 5 mg")
    notebooks = write_notebooks(tmp_path / "notebooks")
    build.build_report(tmp_path / "out", folder.path, notebooks, ["html", "docx"])
    said = capsys.readouterr()
    assert "pictures: Word leaves those out that need such letters" in said.out + said.err
    with zipfile.ZipFile(next((tmp_path / "out").glob("*.docx"))) as file:
        text = "".join(re.findall(r"<w:t[ >][^<]*", file.read("word/document.xml").decode()))
        assert [name for name in file.namelist() if "/media/" in name] == []
    assert "Not drawn here: the font of the pictures lacks" in text
    assert "环苯扎林" in text.split("Not drawn here")[1]
    page = next((tmp_path / "out").glob("*.html")).read_text(encoding="utf-8")
    assert re.search(r"<text[^>]*>[^<]*环苯扎林 5 mg", page)


def test_no_letter_of_the_packaged_report_is_unknown():
    assert unknown_letters("χ² ≤ 3·84 ± − \u200b\u202f") == ""
    assert unknown_letters(pd.DataFrame({"a": ["中"]}).to_csv()) == "'中' (U+4E2D)"
