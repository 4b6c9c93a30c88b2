"""Write the invented question: no trial, patient, document or figure of it exists.

It has a row for every kind of figure and a value in every column, so that whatever the package can do is done on it. Run
``python tests/questions/invented.py`` after a change; a test checks that the tables beside it are those of this script.
"""

# ruff: noqa: E501 (a row of a table is a line)

import csv
from pathlib import Path

INVENTED = "Invented for tests."
_WHERE = {"source_id": "inv_report", "locator": "table 2"}


def counted(events, n):
    """Return a count as a table prints it."""
    return {
        "events": events,
        "n": n,
        "percent": f"{100 * events / n:.1f}",
        "as_printed": f"{events}/{n} ({100 * events / n:.1f}%)",
    }


def shared(percent, n):
    """Return a percentage whose count is not printed."""
    return {"percent": percent, "n": n, "as_printed": f"{percent}% of {n}"}


SOURCES = [
    {"source_id": "inv_report", "kind": "journal_article", "first_author": "Nobody A", "year": 2001, "title": "Invented report of the examplinol trials", "journal": "J Invented Res", "volume_pages": "1(1):1-9", "doi": "10.0000/invented.1", "pmid": 1, "registry_id": "INV-0001", "url_seen": "https://example.org/report", "access_level": "full_text", "reliability": "primary", "note": INVENTED},
    {"source_id": "inv_sheet", "kind": "label", "title": "Invented product sheet of examplinol", "access_level": "label", "reliability": "secondary", "note": INVENTED},
    {"source_id": "inv_copy", "kind": "label", "title": "Invented copy of the product sheet", "access_level": "label", "reliability": "low", "reliability_note": "A copy of unknown origin.", "note": INVENTED},
    {"source_id": "inv_review", "kind": "systematic_review", "first_author": "Nobody B", "year": 2010, "title": "Invented review of examplinol", "journal": "Invented Reviews", "access_level": "abstract", "reliability": "secondary", "note": INVENTED},
]  # fmt: skip

TREATMENTS = [
    {"treatment": "PLC", "name": "placebo", "drug_class": "placebo"},
    {"treatment": "USUAL", "name": "usual care", "drug_class": "usual care"},
    {"treatment": "EXA", "name": "examplinol, any dose", "drug_class": "blocker", "note": "A group: asked for, it holds all doses."},
    {"treatment": "EXA5", "name": "examplinol 5 mg, once daily", "drug_class": "blocker", "parent": "EXA", "dose_mg": 5},
    {"treatment": "EXA10", "name": "examplinol 10 mg, once daily", "drug_class": "blocker", "parent": "EXA", "dose_mg": 10},
    {"treatment": "EXA20", "name": "examplinol 20 mg, once daily", "drug_class": "blocker", "parent": "EXA", "dose_mg": 20},
    {"treatment": "SAM", "name": "samplozin", "drug_class": "opener"},
    {"treatment": "EXA+SAM", "name": "examplinol 10 mg with samplozin", "drug_class": "both"},
]  # fmt: skip

OUTCOMES = [
    {"outcome": "relief", "label": "relief of sneezing", "domain": "sneezing", "value_type": "binary", "direction": "higher_is_better"},
    {"outcome": "rating", "label": "patient's rating", "domain": "rating", "value_type": "ordinal", "direction": "higher_is_better"},
    {"outcome": "score", "label": "sneezing score", "domain": "sneezing", "value_type": "continuous", "direction": "lower_is_better", "note": "Printed on two scales."},
    {"outcome": "quality", "label": "quality of life", "domain": "life", "value_type": "continuous", "direction": "higher_is_better"},
    {"outcome": "headache", "label": "headache", "domain": "harm", "value_type": "binary", "direction": "lower_is_better"},
    {"outcome": "dry_nose", "label": "dry nose", "domain": "harm", "value_type": "binary", "direction": "lower_is_better"},
    {"outcome": "any_event", "label": "any adverse event", "domain": "any_harm", "value_type": "binary", "direction": "lower_is_better"},
    {"outcome": "onset", "label": "time to relief", "domain": "onset", "value_type": "time", "direction": "lower_is_better"},
    {"outcome": "well_after_year", "label": "free of symptoms after a year", "domain": "course", "value_type": "binary", "direction": "higher_is_better"},
]  # fmt: skip

SCALES = [
    {"scale": "sneeze_100", "label": "sneezing, 0 to 100", "minimum": 0, "maximum": 100, "unit": "points", "step": 1, "items": 1, "direction": "lower_is_better", "note": INVENTED},
    {"scale": "sneeze_10", "label": "sneezing, 0 to 10", "minimum": 0, "maximum": 10, "unit": "points", "step": 1, "items": 1, "direction": "lower_is_better"},
    {"scale": "life_50", "label": "quality of life, 0 to 50", "minimum": 0, "maximum": 50, "unit": "points", "step": 1, "items": 10, "direction": "higher_is_better"},
    {"scale": "hours", "label": "hours", "minimum": 0, "unit": "h", "direction": "lower_is_better"},
]  # fmt: skip

TIMEPOINTS = [
    {"timepoint": "day_3", "label": "day 3", "first_day": 3, "last_day": 3, "window": "first_week"},
    {"timepoint": "day_14", "label": "day 14", "first_day": 14, "last_day": 14, "window": "two_weeks"},
    {"timepoint": "year_1", "label": "one year", "first_day": 365, "last_day": 365, "window": "a_year"},
]  # fmt: skip


def _trial(trial_id, label, year, n, **cells):
    usual = {
        "trial_id": trial_id, "label": f"Invented {label}", "year": year, "design": "parallel_rct", "is_pool": "false", "randomised": "true",
        "blinding": "double_blind", "setting": "an invented country", "population": "adults with hay fever", "region": "adults", "acute": "seasonal",
        "n_randomised": n, "duration_days": 14, "comparators": "as the arms say", "sponsor": "Invented Pharma", "sponsor_type": "maker",
        "source_id": "inv_report", "note": INVENTED,
    }  # fmt: skip
    return {**usual, **cells}


TRIALS = [
    _trial("alder", "Alder", 2001, 450),
    _trial("birch", "Birch", 2002, 420),
    _trial("both", "Alder and Birch together", 2003, 870, design="pooled_trials", is_pool="true", source_id="inv_sheet"),
    _trial("cedar", "Cedar", 2004, 240, region="children", population="children with hay fever", sponsor="University of Nowhere", sponsor_type="institution"),
    _trial("dogwood", "Dogwood", 2005, 300, blinding="open"),
    _trial("elm", "Elm", 2006, 200, region="", population=""),
    _trial("fir", "Fir", 2007, 180, design="cluster_rct"),
    _trial("gorse", "Gorse", 2008, 120, design="observational", randomised="false", blinding="none"),
    _trial("hazel", "Hazel", 2009, 100, randomised="", design=""),
    _trial("alder_again", "Alder, second report", 2005, 450, same_patients_as="both"),
    _trial("ivy", "Ivy", 2011, 330),
]  # fmt: skip

_NAMES = {row["treatment"]: row["name"].split(",")[0] for row in TREATMENTS}
_DOSES = {"PLC": 0, "EXA5": 5, "EXA10": 10, "EXA20": 20, "EXA+SAM": 10}


def _arms(trial_id, *arms, **cells):
    """Return the arms of a trial, each named by its treatment in small letters."""
    return [
        {
            "trial_id": trial_id, "arm_id": treatment.lower(), "treatment": treatment, "treatment_name": _NAMES[treatment],
            "drug_dose_mg": _DOSES.get(treatment, ""), "frequency_per_day": 1, "as_needed": "false", "n_randomised": n, "n_analysed": n,
            "is_pooled_over_arms": "false", **_WHERE, "note": INVENTED, **cells,
        }
        for treatment, n in arms
    ]  # fmt: skip


# The sizes of the arms of Alder and Birch are not printed: they follow from the columns of the product sheet.
_HIDDEN = {"n_randomised": "", "n_analysed": ""}
ARMS = [
    *_arms("alder", ("PLC", 150), ("EXA10", 148), ("EXA20", 152), **_HIDDEN),
    *_arms("birch", ("PLC", 140), ("EXA5", 143), ("EXA10", 137), **_HIDDEN),
    *_arms("both", ("PLC", 290), ("EXA5", 143), ("EXA10", 285), ("EXA20", 152), source_id="inv_sheet"),
    *_arms("cedar", ("PLC", 120), ("SAM", 120)),
    *_arms("dogwood", ("EXA10", 150), ("SAM", 150)),
    *_arms("elm", ("EXA+SAM", 100), ("SAM", 100), co_intervention="nasal rinse"),
    *_arms("fir", ("EXA10", 90), ("USUAL", 90), as_needed="true"),
    *_arms("gorse", ("EXA20", 60), ("PLC", 60)),
    *_arms("hazel", ("EXA10", 50), ("PLC", 50)),
    *_arms("alder_again", ("PLC", 150), ("EXA10", 148)),
    *_arms("ivy", ("PLC", 110), ("EXA10", 110), ("EXA20", 110)),
    {"trial_id": "ivy", "arm_id": "all", "is_pooled_over_arms": "true", "n_randomised": 330, **_WHERE, "note": "All arms together."},
]  # fmt: skip

POOLS = [
    {"pool_id": "both", "arm_id": arm, "part_id": part, "source_id": "inv_sheet", "locator": "table 1, header", "note": INVENTED}
    for arm, parts in {"plc": ("alder", "birch"), "exa5": ("birch",), "exa10": ("alder", "birch"), "exa20": ("alder",)}.items()
    for part in parts
]  # fmt: skip

_DOMAINS = ("randomisation", "deviations", "missing_data", "measurement", "selective_reporting")
_JUDGED = {
    "alder": ("low", "low", "low", "low", "some concerns"),
    "alder_again": ("low", "low", "low", "low", "some concerns"),
    "birch": ("low", "low", "low", "low", "low"),
    "cedar": ("low", "some concerns", "low", "low", "low"),
    "dogwood": ("some concerns", "high", "low", "high", "some concerns"),
    "elm": ("no information",) * 5,
    "fir": ("some concerns", "some concerns", "low", "some concerns", "low"),
    "ivy": ("low", "low", "low", "low", "low"),
}
RISK_OF_BIAS = [
    {"trial_id": trial, "domain": domain, "judgement": judgement, "reason": f"Invented reason: {judgement}.", **_WHERE}
    for trial, judged in _JUDGED.items()
    for domain, judgement in zip(_DOMAINS, judged, strict=True)
]  # fmt: skip


def _count(trial_id, arm_id, outcome, timepoint="day_14", **cells):
    return {"trial_id": trial_id, "arm_id": arm_id, "outcome": outcome, "timepoint": timepoint, **_WHERE, **cells}


COUNTS = [
    # Alder and Birch print percentages of any event by trial, and the product sheet their headaches together.
    *(_count("alder", arm, "any_event", percent=p, as_printed=f"{p}%") for arm, p in (("plc", "30.0"), ("exa10", "45.3"), ("exa20", "55.9"))),
    *(_count("birch", arm, "any_event", percent=p, as_printed=f"{p}%") for arm, p in (("plc", "29.3"), ("exa5", "35.0"), ("exa10", "45.3"))),
    *(
        _count("both", arm, "headache", source_id="inv_sheet", ascertainment="asked", **shared(p, n))
        for arm, p, n in (("plc", "10", 290), ("exa5", "14", 143), ("exa10", "19", 285), ("exa20", "26", 152))
    ),
    *(
        _count("both", arm, "dry_nose", source_id="inv_sheet", ascertainment="asked", **shared(p, n))
        for arm, p, n in (("plc", "3", 290), ("exa5", "5", 143), ("exa10", "8", 285), ("exa20", "12", 152))
    ),
    *(
        _count("both", arm, "relief", source_id="inv_sheet", **counted(e, n))
        for arm, e, n in (("plc", 87, 290), ("exa5", 52, 143), ("exa10", 128, 285), ("exa20", 75, 152))
    ),
    *(_count("cedar", arm, "relief", **counted(e, 120)) for arm, e in (("plc", 40), ("sam", 58))),
    *(_count("cedar", arm, "headache", ascertainment="spontaneous", **counted(e, 120)) for arm, e in (("plc", 4), ("sam", 9))),
    *(_count("dogwood", arm, "relief", **counted(e, 150)) for arm, e in (("exa10", 78), ("sam", 70))),
    *(_count("dogwood", arm, "any_event", **counted(e, 150)) for arm, e in (("exa10", 60), ("sam", 66))),
    *(_count("elm", arm, "relief", **counted(e, 100)) for arm, e in (("exa+sam", 61), ("sam", 49))),
    *(_count("elm", arm, "any_event", **counted(e, 100)) for arm, e in (("exa+sam", 40), ("sam", 34))),
    *(_count("fir", arm, "relief", **counted(e, 90)) for arm, e in (("exa10", 50), ("usual", 36))),
    *(_count("gorse", arm, "relief", **counted(e, 60)) for arm, e in (("exa20", 38), ("plc", 20))),
    *(_count("hazel", arm, "relief", **counted(e, 50)) for arm, e in (("exa10", 26), ("plc", 17))),
    *(_count("alder_again", arm, "relief", **counted(e, n), note="The same patients as in Alder.") for arm, e, n in (("plc", 45, 150), ("exa10", 66, 148))),
    *(_count("ivy", arm, "relief", **counted(e, 110)) for arm, e in (("plc", 34), ("exa10", 51), ("exa20", 57))),
    *(_count("ivy", arm, "relief", "day_3", **counted(e, 110)) for arm, e in (("plc", 15), ("exa10", 33), ("exa20", 36))),
    *(_count("ivy", arm, "headache", ascertainment="asked", **counted(e, 110)) for arm, e in (("plc", 9), ("exa10", 22), ("exa20", 27))),
    *(_count("ivy", arm, "dry_nose", ascertainment="asked", **counted(e, 110)) for arm, e in (("plc", 0), ("exa10", 4), ("exa20", 6))),
    *(_count("ivy", arm, "any_event", **counted(e, 110)) for arm, e in (("plc", 31), ("exa10", 47), ("exa20", 60))),
    _count("ivy", "all", "well_after_year", "year_1", percent="62", percent_ci_low="57", percent_ci_high="67", ci_level=95, n=330, outcome_detail="no sneezing in the season", as_printed="62% (95% CI 57 to 67) of 330", note="All arms together."),
    _count("gorse", "exa20", "headache", conflict_id="K01", source_id="inv_copy", percent="20.5", n=60, as_printed="20.5% of 60"),
]  # fmt: skip

_CATEGORIES = (
    ("none_at_all", "no relief", 0),
    ("some", "some relief", 1),
    ("good", "good relief", 2),
    ("complete", "complete relief", 3),
    ("missing", "no rating", ""),
)
RATINGS = [
    {"trial_id": "ivy", "arm_id": arm, "outcome": "rating", "timepoint": "day_14", "category": code, "category_printed": printed, "rating": rank, **counted(events, 110), **_WHERE, "note": INVENTED}
    for arm, counts in {"plc": (40, 34, 25, 8, 3), "exa10": (24, 30, 36, 17, 3), "exa20": (20, 27, 39, 20, 4)}.items()
    for (code, printed, rank), events in zip(_CATEGORIES, counts, strict=True)
] + [
    {"trial_id": "gorse", "arm_id": "plc", "outcome": "rating", "timepoint": "day_14", "category": "good", "rating": 2, "percent": "33.0", "n": 60, "as_printed": "33.0% of 60", "source_id": "inv_copy", "conflict_id": "K01"}
]  # fmt: skip

STRATA = [
    {"trial_id": "ivy", "arm_id": arm, "outcome": "relief", "timepoint": "day_14", "stratum": stratum, "stratum_label": label, **counted(e, n), **_WHERE, "note": "Formed after randomisation."}
    for arm, stratum, label, e, n in (
        ("exa10", "dry", "with a dry nose", 3, 4), ("exa10", "not_dry", "without a dry nose", 48, 106),
        ("exa20", "dry", "with a dry nose", 4, 6), ("exa20", "not_dry", "without a dry nose", 53, 104),
        ("plc", "not_dry", "without a dry nose", 34, 110),
    )
] + [
    {"trial_id": "gorse", "arm_id": "exa20", "outcome": "relief", "timepoint": "day_14", "stratum": "dry", "percent": "60.0", "as_printed": "60.0%", "source_id": "inv_copy", "conflict_id": "K02"}
]  # fmt: skip


def _mean(trial_id, arm_id, outcome, scale, value, printed, **cells):
    return {
        "trial_id": trial_id, "arm_id": arm_id, "outcome": outcome, "scale": scale, "timepoint": "day_14", "statistic": "mean",
        "value_relation": "=", "value": value, "as_printed": printed, **_WHERE, **cells,
    }  # fmt: skip


MEANS = [
    *(_mean("ivy", arm, "score", "sneeze_100", m, f"{m} (SD {sd})", sd=sd, n=110) for arm, m, sd in (("plc", "48.2", "21.0"), ("exa10", "39.5", "20.4"), ("exa20", "36.1", "20.9"))),
    *(_mean("cedar", arm, "score", "sneeze_100", m, f"{m} (SE {se})", se=se, n=120) for arm, m, se in (("plc", "50.1", "1.9"), ("sam", "41.7", "1.8"))),
    *(_mean("dogwood", arm, "score", "sneeze_10", m, f"{m} (95% CI {low} to {high})", ci_low=low, ci_high=high, ci_level=95, n=150) for arm, m, low, high in (("exa10", "3.9", "3.6", "4.2"), ("sam", "4.1", "3.8", "4.4"))),
    *(_mean("fir", arm, "score", "sneeze_10", m, f"{m} (SD {sd})", sd=sd) for arm, m, sd in (("exa10", "3.8", "2.1"), ("usual", "4.9", "2.2"))),
    *(_mean("elm", arm, "quality", "life_50", m, f"{m} ± {s}", unlabelled_spread=s, n=100) for arm, m, s in (("exa+sam", "31.0", "8.0"), ("sam", "29.2", "8.4"))),
    *(_mean("ivy", arm, "quality", "life_50", m, f"{m} (SD {sd})", sd=sd, n=110, outcome_detail="all items") for arm, m, sd in (("plc", "26.4", "8.1"), ("exa10", "28.9", "7.9"), ("exa20", "29.6", "8.3"))),
    *(_mean("ivy", arm, "onset", "hours", m, f"median {m} (quartiles {a} to {b})", statistic="median", q1=a, q3=b, n=110) for arm, m, a, b in (("plc", "40", "22", "70"), ("exa10", "26", "14", "51"))),
    _mean("gorse", "plc", "onset", "hours", "72", "more than 72", statistic="not_said", value_relation=">", source_id="inv_copy", conflict_id="K02", note="A bound."),
]  # fmt: skip

REPORTED = [
    {"trial_id": "cedar", "treatment": "SAM", "control": "PLC", "comparison": "samplozin against placebo", "outcome": "onset", "timepoint": "day_14", "measure": "HR", "estimate": "1.52", "ci_low": "1.12", "ci_high": "2.06", "ci_level": 95, "p_relation": "=", "p_value": "0.007", "as_printed": "HR 1.52 (95% CI 1.12 to 2.06), p = 0.007", "statement": "Relief came sooner with samplozin.", **_WHERE},
    {"trial_id": "fir", "treatment": "EXA10", "control": "USUAL", "comparison": "examplinol 10 mg against usual care", "outcome": "quality", "timepoint": "day_14", "measure": "MD", "scale": "life_50", "estimate": "2.4", "ci_low": "0.2", "ci_high": "4.6", "ci_level": 95, "se": "1.1", "as_printed": "2.4 (SE 1.1; 95% CI 0.2 to 4.6)", "statement": "Quality of life was better with examplinol.", **_WHERE},
    {"trial_id": "alder", "treatment": "EXA20", "control": "EXA10", "comparison": "examplinol 20 mg against 10 mg", "outcome": "headache", "measure": "statement", "statement": "Headache was more frequent on 20 mg than on 10 mg; no number is printed.", **_WHERE},
    {"trial_id": "ivy", "comparison": "PLC vs EXA10 vs EXA20", "outcome": "quality", "timepoint": "day_14", "measure": "p", "p_relation": "=", "p_value": "0.01", "as_printed": "p = 0.01", "statement": "One test over the three arms.", **_WHERE},
    {"trial_id": "dogwood", "treatment": "EXA10", "control": "SAM", "comparison": "examplinol 10 mg against samplozin", "outcome": "headache", "timepoint": "day_14", "measure": "p", "p_relation": "=", "p_value": "0.04", "as_printed": "p = 0.04", "statement": "Headache was rarer with samplozin.", **_WHERE},
    {"document_id": "inv_review", "treatment": "EXA", "control": "PLC", "comparison": "examplinol against placebo", "outcome": "relief", "measure": "count", "estimate": "4", "n_trials": 5, "n_participants": 1520, "as_printed": "4 of 5 trials (1520 patients)", "statement": "Relief was significantly more frequent in most trials.", "population": "adults and children", "region": "adults", "certainty": "moderate", "source_id": "inv_review", "locator": "abstract"},
    {"document_id": "inv_review", "comparison": "the course without treatment", "outcome": "well_after_year", "timepoint": "year_1", "outcome_detail": "no sneezing in the season", "measure": "percent", "estimate": "60", "range_low": "55", "range_high": "66", "n_trials": 3, "n_participants": 900, "as_printed": "60% (55 to 66) in 3 cohorts of 900 patients", "statement": "Most patients are well after a year.", "source_id": "inv_review", "locator": "abstract", "conflict_id": "K03", "note": INVENTED},
    {"trial_id": "both", "treatment": "EXA10", "control": "PLC", "comparison": "examplinol 10 mg against placebo", "outcome": "relief", "measure": "NNT", "estimate": "7", "n_trials": 2, "n_participants": 870, "as_printed": "NNT 7 in 870 patients of 2 trials", "statement": "Seven patients for one with relief.", "source_id": "inv_sheet", "locator": "text"},
]  # fmt: skip

MARGINS = [
    {"margin_id": "M01", "outcome_kind": "relief", "scale": "risk_difference", "applies_to": "relief", "unit": "percentage points", "margin": 10, "direction": "two_sided", "rule": "half of the effect against placebo, set before the trials", "source_id": "inv_report", "note": INVENTED},
    {"margin_id": "M02", "outcome_kind": "score", "scale": "sneeze_100", "applies_to": "score", "unit": "points", "margin": 10, "direction": "one_sided", "rule": "smallest difference that patients notice", "source_id": "inv_report"},
    {"margin_id": "M03", "outcome_kind": "any", "scale": "smd", "unit": "SMD", "margin": 0.3, "direction": "two_sided", "rule": "a small effect", "source_id": "inv_review"},
]  # fmt: skip

CONFLICTS = [
    {"conflict_id": "K01", "kind": "misprint", "study_id": "gorse", "what": "headaches and ratings in Gorse", "source_a": "inv_copy", "says_a": "percentages that no count of 60 gives", "source_b": "inv_report", "says_b": "60 patients", "how_to_use": "keep as printed, use neither"},
    {"conflict_id": "K02", "kind": "disagreement", "study_id": "gorse", "what": "what the copy says of Gorse", "source_a": "inv_copy", "says_a": "figures that the report lacks", "source_b": "inv_report", "says_b": "nothing", "how_to_use": "show both"},
    {"conflict_id": "K03", "kind": "comparability", "study_id": "inv_review", "what": "who is well after a year", "source_a": "inv_review", "says_a": "patients without treatment", "source_b": "inv_report", "says_b": "patients of all arms", "how_to_use": "do not compare the two"},
]  # fmt: skip

REFERENCES = [
    {"ref_number": 1, "entry_in_page_list": "true", "resolved_title": "Invented report of the examplinol trials", "kind": "primary_trial", "doi": "10.0000/invented.1", "pmid": 1, "source_id": "inv_report", "confidence": "high", "note": INVENTED},
    {"ref_number": 2, "entry_in_page_list": "false", "resolved_title": "Invented review of examplinol", "kind": "review", "source_id": "inv_review", "confidence": "medium"},
]  # fmt: skip


def _claim(number, section, claim, kind, claim_type, checkable, support, reason, **cells):
    return {
        "claim_id": f"C{number:02d}", "section": section, "claim": claim, "kind": kind, "claim_type": claim_type,
        "checkable_with_numbers": checkable, "public_support": support, "reason": reason, **cells,
    }  # fmt: skip


CLAIMS = [
    _claim(1, "Effect", "Examplinol 10 mg relieves more patients than placebo.", "efficacy", "superiority", "yes", "yes", "Several trials.", comparison="EXA10 against PLC", outcome="relief", what_would_settle_it="A large trial."),
    _claim(2, "Effect", "Examplinol 10 mg is as good as samplozin.", "efficacy", "equivalence", "yes", "unclear", "One open trial."),
    _claim(3, "Effect", "Examplinol 20 mg relieves no more patients than 10 mg.", "efficacy", "equivalence", "yes", "unclear", "One trial."),
    _claim(4, "Effect", "Examplinol works within three days.", "efficacy", "time_course", "yes", "yes", "A visit on day 3."),
    _claim(5, "Effect", "With samplozin relief comes sooner than with placebo.", "efficacy", "superiority", "yes", "yes", "A published hazard ratio."),
    _claim(6, "Effect", "Examplinol is better than usual care.", "efficacy", "superiority", "partly", "yes", "A trial in clusters."),
    _claim(7, "Effect", "Examplinol improves quality of life equally in all doses.", "efficacy", "equivalence", "partly", "no", "One p-value over all arms."),
    _claim(8, "Effect", "The review finds examplinol effective.", "efficacy", "superiority", "partly", "yes", "A vote count."),
    _claim(9, "Effect", "Examplinol relieves more patients than placebo, by way of samplozin, too.", "efficacy", "superiority", "partly", "unclear", "Indirect."),
    _claim(10, "Harm", "Headache is more frequent on 20 mg than on 10 mg.", "safety", "harm_difference", "yes", "yes", "Words, no number."),
    _claim(11, "Harm", "Headache rises with the dose.", "safety", "harm_difference", "yes", "yes", "Three doses."),
    _claim(12, "Harm", "Headache is the most frequent adverse effect.", "safety", "frequency", "yes", "yes", "The product sheet."),
    _claim(13, "Harm", "Headache is rarer with samplozin than with examplinol.", "safety", "harm_difference", "yes", "yes", "A p-value."),
    _claim(14, "Harm", "A dry nose does not make the medicine work less.", "safety", "equivalence", "partly", "unclear", "Strata formed after randomisation."),
    _claim(15, "Course", "More than half of all patients are well after a year.", "prognosis", "frequency", "yes", "yes", "Cohorts."),
    _claim(16, "Course", "Two randomised trials compared examplinol 10 mg with placebo.", "process", "recommendation", "yes", "yes", "The trials are there."),
    _claim(17, "Advice", "Examplinol is the first choice.", "process", "recommendation", "no", "unclear", "A choice is no number."),
]  # fmt: skip


def _rule(number, rule, numbers, reading, **cells):
    cited = {"citation_verdict": "partly", "citation_reason": "Invented reason."}
    return {
        "claim_id": f"C{number:02d}",
        "rule": rule,
        "numbers": numbers,
        "applies_to": "adults",
        "reading": reading,
        **cited,
        **cells,
    }


CLAIM_RULES = [
    _rule(1, "superiority", "comparison", "More patients with relief.", treatment="EXA10", control="PLC", outcome="relief", measure="RR", timepoint="day_14", expects="higher"),
    _rule(2, "equivalence", "comparison", "The shares differ by less than the margin.", treatment="EXA10", control="SAM", outcome="relief", measure="RD", timepoint="day_14", margin_id="M01", differs_in="comparator"),
    _rule(3, "not_higher", "comparison", "No higher share, within the margin.", treatment="EXA20", control="EXA10", outcome="relief", measure="RD", margin_id="M01"),
    _rule(4, "visits", "visits", "A difference from placebo at a visit within three days.", treatment="EXA10", control="PLC", measure="RD", timepoint="day_3", expects="earlier"),
    _rule(5, "superiority", "reported", "A higher rate of relief.", treatment="SAM", control="PLC", outcome="onset", measure="HR", expects="higher", differs_in="population"),
    _rule(6, "superiority", "comparison", "A lower score.", treatment="EXA10", control="USUAL", outcome="score", measure="MD", expects="lower"),
    _rule(7, "equivalence", "overall_p", "Two means differ by less than the margin.", treatment="EXA10", control="PLC", outcome="quality", measure="SMD", timepoint="day_14", margin_id="M03"),
    _rule(8, "superiority", "votes", "A vote count over all trials.", treatment="EXA", control="PLC", outcome="relief", measure="votes", expects="higher"),
    _rule(9, "superiority", "network", "More patients with relief, by way of samplozin.", treatment="EXA10", control="PLC", base="SAM", outcome="relief", measure="RR", expects="higher"),
    _rule(10, "harm_difference", "words", "More patients with headache.", treatment="EXA20", control="EXA10", outcome="headache", measure="RD", expects="higher", applies_to="any"),
    _rule(11, "dose_related", "comparison", "More headache at each step of the dose.", treatment="EXA20", control="EXA10", base="PLC", outcome="headache", measure="RR", timepoint="day_14", expects="higher", applies_to="any"),
    _rule(12, "most_frequent", "percent", "More patients with headache than with any other effect listed.", treatment="EXA20", outcome="headache", measure="RD", timepoint="day_14", expects="higher", applies_to="any"),
    _rule(13, "harm_difference", "p_value", "Fewer patients with headache.", treatment="SAM", control="EXA10", outcome="headache", measure="SMD", expects="lower", applies_to="any"),
    _rule(14, "equivalence", "strata", "The shares of the strata differ by less than the margin.", treatment="EXA10", outcome="relief", measure="RD", timepoint="day_14", margin_id="M01"),
    _rule(15, "frequency_above", "percent", "More than a half are well.", outcome="well_after_year", measure="share", timepoint="year_1", expects="higher", threshold=50),
    _rule(16, "trial_count", "trials", "Two or more randomised trials in the patients of the claim.", treatment="EXA10", control="PLC"),
    {"claim_id": "C17", "rule": "judgement", "verdict_by_hand": "not checkable", "reason_by_hand": "A choice between medicines is a judgement of value.", "source_ids": "inv_report;inv_review", "citation_verdict": "none given"},
]  # fmt: skip

_ROLES = {
    "C05": ("reported_001", "estimate"),
    "C07": ("reported_004", "estimate"),
    "C08": ("reported_006", "estimate"),
    "C10": ("reported_003", "more_often"),
    "C13": ("reported_005", "favours_treatment"),
    "C15": ("reported_007", "estimate"),
}
CLAIM_FACTS = [
    *({"claim_id": claim, "fact_id": fact, "role": role} for claim, (fact, role) in _ROLES.items()),
    {"claim_id": "C01", "fact_id": "reported_008", "role": "context"},
]
CLAIM_REFERENCES = [{"claim_id": "C01", "ref_number": 1}, {"claim_id": "C08", "ref_number": 2}]

GAPS = [
    {"gap_id": "G01", "study_id": "alder", "what_is_missing": "headaches by arm", "where_it_should_stand": "J Invented Res 1(1), table 3", "priority": 1, "arms_not_reported": "false"},
    {"gap_id": "G02", "study_id": "dogwood", "what_is_missing": "how allocation was concealed, and the third arm", "where_it_should_stand": "the protocol", "priority": 2, "arms_not_reported": "true"},
]  # fmt: skip
GAP_CLAIMS = [{"gap_id": "G01", "claim_id": "C10"}, {"gap_id": "G02", "claim_id": "C02"}]

TABLES = {
    name.lower(): rows for name, rows in list(globals().items()) if name.isupper() and isinstance(rows, list)
}  # by the names above
_FACTS = ("counts", "ratings", "strata", "means", "reported")


def write(folder):
    """Write every table of the invented question."""
    for name, rows in TABLES.items():
        numbered = [
            {"fact_id": f"{name}_{number:03d}", **row} if name in _FACTS else row for number, row in enumerate(rows, 1)
        ]
        columns = list(dict.fromkeys(column for row in numbered for column in row))
        with open(Path(folder) / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(numbered)


if __name__ == "__main__":
    write(Path(__file__).with_suffix(""))
