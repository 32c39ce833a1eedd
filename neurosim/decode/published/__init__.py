"""Published estimators, as their papers used them, on events whose truth can be known.

==================  ================================  =================================
key                 function                          what it reports
==================  ================================  =================================
``lee_wilson2002``  `sequences.lee_wilson_2002`       compression of matched sequences
``davidson2009``    `shuffled.davidson_2009`          speed of significant lines
``denovellis2021``  `states.denovellis_2021`          dynamics and speed, bin by bin
``krause2022``      `models.krause_drugowitsch_2022`  momentum, diffusion or no path
``stella2019``      `diffusion.stella_2019`           how displacement grows with time
``takigawa2024``    `shuffled.takigawa_2024`          share of significant correlations
==================  ================================  =================================

Each module says what is known of the method, from which rows of ``config/references.csv``, and
what was simplified.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper whose estimator is here.

    Attributes
    ----------
    name : str
        Authors and year.
    doi : str
    estimator : str
        Name of its estimator in the summary.
    """

    name: str
    doi: str
    estimator: str


PAPERS = {
    "lee_wilson2002": Paper("Lee & Wilson 2002", "10.1016/S0896-6273(02)01096-6", "sequence_match"),
    "davidson2009": Paper("Davidson 2009", "10.1016/j.neuron.2009.07.027", "line_fit"),
    "denovellis2021": Paper("Denovellis 2021", "10.7554/eLife.64505", "state_space"),
    "krause2022": Paper(
        "Krause & Drugowitsch 2022", "10.1016/j.neuron.2021.11.014", "model_comparison"
    ),
    "stella2019": Paper("Stella 2019", "10.1016/j.neuron.2019.01.052", "displacement_exponent"),
    "takigawa2024": Paper("Takigawa 2024", "10.7554/eLife.85635", "weighted_correlation"),
}
