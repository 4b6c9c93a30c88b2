import neckevidence as ne


def cell(map_, title, domain):
    return map_.to_frame().loc[title, domain]


def test_levels_of_the_three_questions(ev):
    map_ = ne.evidence_map(ev, {"dose": ("CYC5", "CYC10"), "diazepam": ("CYC", "DZP"), "placebo": ("CYC5", "PBO")})
    assert cell(map_, "dose", "Relief") == "words or a p-value only"
    assert cell(map_, "dose", "Sedation") == "interval, but not randomised"
    assert cell(map_, "dose", "Other harms") == "interval, randomised, on reconstructed counts"
    assert cell(map_, "diazepam", "Sedation") == "words or a p-value only"
    assert cell(map_, "placebo", "Sedation") == "interval, randomised"
    assert cell(map_, "placebo", "Function") == "nothing found"


def test_the_map_follows_the_evidence(folder):
    # Counts of drowsiness for both arms of the trial of diazepam and cyclobenzaprine fill the empty cell.
    for arm, number in (("CYC10", "4"), ("DZP5", "3")):
        folder.repeat(
            "counts",
            {"as_printed": "8/78 (10%)"},
            fact_id=f"counts_90{number}",
            trial_id="brown1978",
            arm_id=arm,
            outcome="somnolence",
            events=number,
            percent="",
            n="16",
            as_printed=f"{number} of 16",
        )
    map_ = ne.evidence_map(ne.load_evidence(folder.path), {"diazepam": ("CYC", "DZP")})
    assert cell(map_, "diazepam", "Sedation") == "interval, randomised"


def test_published_results_in_both_directions(ev):
    one, other = ne.published_results(ev, "CYC5", "CYC10"), ne.published_results(ev, "CYC10", "CYC5")
    assert set(one["fact_id"]) == set(other["fact_id"]) != set()
