"""What a question is beside its figures: the blocks of the file ``question.toml`` of an evidence folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from neckevidence.core.errors import NeckevidenceError

QUESTION = "question.toml"
ANY = "any"  # of a claim: whoever the patients are


def _like(pattern: str, words: str) -> Any:
    """Return the type of a text that is empty or like a pattern, which a fault puts in words."""

    def check(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise PydanticCustomError("like", "{words}", {"words": words})
        return text

    return Annotated[str, AfterValidator(check)]


Text = Annotated[str, Field(min_length=1)]
Slug = _like(r"[a-z0-9]+(-[a-z0-9]+)*", "small letters and numbers with hyphens between, like gout-evidence")
Month = _like(r"\d{4}-(0[1-9]|1[0-2])", "a month like 2026-11")
Day = _like(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", "a date like 2026-11-28, in quotation marks")
Link = _like(r"https?://[^\s<>\"]+", "an address that begins with http:// or https://")
File = _like(r"[A-Za-z0-9][A-Za-z0-9_.-]*\.ipynb", "the name of a notebook, without a folder")
Levels = Annotated[int, Field(strict=True, ge=0, le=2)]
Measure = Literal["RR", "OR", "RD", "MD", "SMD"]
Part = Literal["brief", "report", "annex"]


class _Block:
    """A block of the file: no other keys than its fields."""

    __pydantic_config__ = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class Page(_Block):
    """The page whose recommendation is audited: its title, who publishes it, where it stands, and of which day it is."""

    title: Text
    publisher: str = ""
    link: Link = ""
    date: Day = ""


@dataclass(frozen=True)
class Population(_Block):
    """One population: a code of the column ``region``, in words, and what follows for the question.

    Attributes
    ----------
    label : str
        Words for the code.
    indirect : {0, 1, 2}
        By how many levels GRADE rates certainty down if most of the weight is of this population.
    note : str
        What stands beside a result of such trials; empty: nothing.
    patients : str
        What a verdict says of them, where its claim is about other patients.
    """

    label: Text
    indirect: Levels = 0
    note: str = ""
    patients: str = ""


@dataclass(frozen=True)
class Populations(_Block):
    """The population asked about, and the others: ``codes`` by their code, ``not_printed`` where there is none."""

    asked: Text
    codes: Mapping[str, Population] = field(default_factory=dict)
    not_printed: Population | None = None


@dataclass(frozen=True)
class Outcomes(_Block):
    """Which domains are benefits and harms, from which category on a rating is an event, and headings over domains."""

    benefits: tuple[Text, ...] = ()
    harms: tuple[Text, ...] = ()
    good_from: str = ""
    headings: Mapping[str, tuple[Text, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Treatments(_Block):
    """The reference, what others are compared with, doses on one line, and the classes whose trials must be judged."""

    reference: str = ""
    comparators: tuple[Text, ...] = ()
    doses: tuple[Text, ...] = ()
    judged_classes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Lead(_Block):
    """A comparison on an outcome with which the report leads; ``title`` in words, if it needs any."""

    treatment: Text
    control: Text
    outcome: Text
    measure: Measure = "RR"
    title: str = ""


@dataclass(frozen=True)
class Strata(_Block):
    """Strata formed after randomisation: two of them, of which the first is contrasted with the second.

    Attributes
    ----------
    order : (str, str)
        Codes of the column ``stratum``.
    by : str
        What the strata are formed by, as a noun.
    labels : mapping of str to str
        Words for the codes.
    why_not_causal : tuple of str
        What such strata cannot say; by default general sentences.
    """

    order: tuple[Text, Text]
    by: Text
    labels: Mapping[str, Text] = field(default_factory=dict)
    why_not_causal: tuple[Text, ...] = ()

    def label(self, stratum: str) -> str:
        """Return the words for a stratum."""
        return self.labels.get(stratum, stratum.replace("_", " "))


@dataclass(frozen=True)
class Reconstruction(_Block):
    """Trials of which only totals and percentages are printed, to be reconstructed with the columns of their pool.

    Attributes
    ----------
    pool : str
        The pool whose columns are printed with their sizes.
    trial_id : str
        The part of the pool within which arms are compared.
    treatment, control : str
        The treatments compared, by default.
    outcome : str
        The outcome whose percentages are printed for each arm of each trial.
    split : str
        An outcome printed for the columns only, which is bounded over every split between the trials.
    document : str
        What the columns stand in, as a noun.
    """

    pool: Text
    trial_id: Text
    treatment: Text
    control: Text
    outcome: Text
    split: str = ""
    document: Text = "pool"


@dataclass(frozen=True)
class Notebook(_Block):
    """A notebook of the report, and the part of the report in which it stands."""

    file: File
    part: Part = "report"


@dataclass(frozen=True)
class Question(_Block):
    """All that the package knows of a question beside its tables; every block may be missing, and then nothing is assumed.

    Attributes
    ----------
    title, subtitle : str
        Of the report.
    searched : str
        Month of the literature search, ``2026-11``.
    report : str
        Name of the files of the report, in small letters with hyphens.
    page : Page or None
        The page that is audited.
    population : Populations or None
        Who is asked about, and how indirect other patients are.
    outcomes : Outcomes
        Benefits, harms, ratings.
    treatments : Treatments
        Reference, comparators, doses.
    lead : tuple of Lead
        What the report leads with.
    strata : Strata or None
        Strata formed after randomisation.
    reconstruct : Reconstruction or None
        Trials whose counts are found from printed totals.
    notebooks : tuple of Notebook
        The report, in order.

    Examples
    --------
    >>> from neckevidence import load_evidence
    >>> load_evidence().question.outcomes.harms
    ('sedation', 'other_harm')
    >>> Question().population is None
    True
    """

    title: str = ""
    subtitle: str = ""
    searched: Month = ""
    report: Slug = ""
    page: Page | None = None
    population: Populations | None = None
    outcomes: Outcomes = field(default_factory=Outcomes)
    treatments: Treatments = field(default_factory=Treatments)
    lead: tuple[Lead, ...] = ()
    strata: Strata | None = None
    reconstruct: Reconstruction | None = None
    notebooks: tuple[Notebook, ...] = ()

    def population_of(self, code: str) -> Population:
        """Return what is said of a population.

        Parameters
        ----------
        code : str
            Its code; empty where none is printed.

        Returns
        -------
        Population
            With the code as its label and without a note if nothing is said of it.

        Examples
        --------
        >>> Question().population_of("adults")
        Population(label='adults', indirect=0, note='', patients='')
        """
        said = self.population
        if said is not None and code in said.codes:
            return said.codes[code]
        if said is not None and not code and said.not_printed is not None:
            return said.not_printed
        return Population(code or "population not printed")

    def levels(self, asked: str, code: str) -> int:
        """Return by how many levels patients of one population rate certainty down for another.

        Parameters
        ----------
        asked : str
            The population asked about; empty or ``any`` if whoever the patients are.
        code : str
            The population of the trials; empty where none is printed.

        Returns
        -------
        int
            0 where the question says nothing, as it does for any population but the one it asks about.

        Examples
        --------
        >>> from neckevidence import load_evidence
        >>> question = load_evidence().question
        >>> question.levels("neck", "back"), question.levels("any", "back"), Question().levels("adults", "children")
        (2, 0, 0)
        """
        known = self.population is not None and asked == self.population.asked
        return self.population_of(code).indirect if known and code != asked else 0

    def differing(self, asked: str, codes: Iterable[str]) -> list[str]:
        """Say which patients figures are about that are not those of a claim.

        Parameters
        ----------
        asked : str
            The population of the claim; empty or ``any`` if it is about anybody.
        codes : iterable of str
            Populations of the trials, empty where none is printed.

        Returns
        -------
        list of str
            In words. Of the population that the question asks about, only those are named that it calls indirect.

        Examples
        --------
        >>> from neckevidence import load_evidence
        >>> load_evidence().question.differing("neck", ["neck", "back"])
        ['back patients']
        """
        if asked in ("", ANY) or self.population is None:
            return []
        others = sorted(set(codes) - {asked})
        if asked == self.population.asked:
            others = [code for code in others if self.levels(asked, code)]
        said = [self.population_of(code) for code in others]
        return [one.patients or f"patients of another population ({one.label})" for one in said]

    def need(self, block: str, argument: str) -> Any:
        """Return a block, or say that it is missing.

        Parameters
        ----------
        block : str
            Its name, ``strata`` or ``treatments.reference``.
        argument : str
            What can be given to the function instead.

        Returns
        -------
        object
            The block.

        Raises
        ------
        NeckevidenceError
            If the file does not have it.

        Examples
        --------
        >>> Question(title="Gout").need("title", "title")
        'Gout'
        """
        found: Any = self
        for name in block.split("."):
            found = getattr(found, name)
        if not found:
            raise NeckevidenceError(f"{QUESTION} has no {block}; write it there, or give the argument {argument}")
        return found
