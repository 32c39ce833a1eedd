"""What the methods paragraph cites."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cited:
    """A work with its DOI.

    Attributes
    ----------
    text, doi : str
    """

    text: str
    doi: str


WORKS = {
    "zhang": Cited(
        "Zhang K, Ginzburg I, McNaughton BL, Sejnowski TJ (1998) Interpreting neuronal population "
        "activity by reconstruction: unified framework with application to hippocampal place "
        "cells. J Neurophysiol 79:1017-1044.",
        "10.1152/jn.1998.79.2.1017",
    ),
    "wedderburn": Cited(
        "Wedderburn RWM (1974) Quasi-likelihood functions, generalized linear models, and the "
        "Gauss-Newton method. Biometrika 61:439-447.",
        "10.1093/biomet/61.3.439",
    ),
    "grosmark": Cited(
        "Grosmark AD, Buzsáki G (2016) Diversity in neural firing dynamics supports both rigid and "
        "learned hippocampal sequences. Science 351:1440-1443.",
        "10.1126/science.aad1935",
    ),
    "takigawa": Cited(
        "Takigawa M, Huelin Gorriz M, Tirole M, Bendor D (2024) Evaluating hippocampal replay "
        "without a ground truth. eLife 13:e85635.",
        "10.7554/eLife.85635",
    ),
    "denovellis": Cited(
        "Denovellis EL, Gillespie AK, Coulter ME, et al. (2021) Hippocampal replay of experience "
        "at real-world speeds. eLife 10:e64505.",
        "10.7554/eLife.64505",
    ),
    "krause": Cited(
        "Krause EL, Drugowitsch J (2022) A large majority of awake hippocampal sharp-wave ripples "
        "feature spatial trajectories with momentum. Neuron 110:722-733.",
        "10.1016/j.neuron.2021.11.014",
    ),
    "bootstrap": Cited(
        "Efron B, Tibshirani RJ (1993) An Introduction to the Bootstrap. Chapman & Hall.",
        "10.1201/9780429246593",
    ),
    "deconvolution": Cited(
        "Efron B (2016) Empirical Bayes deconvolution estimates. Biometrika 103:1-20.",
        "10.1093/biomet/asv068",
    ),
    "hill": Cited(
        "Hill DN, Mehta SB, Kleinfeld D (2011) Quality metrics to accompany spike sorting of "
        "extracellular signals. J Neurosci 31:8699-8705.",
        "10.1523/JNEUROSCI.0971-11.2011",
    ),
    "skaggs": Cited(
        "Skaggs WE, McNaughton BL, Wilson MA, Barnes CA (1996) Theta phase precession in "
        "hippocampal neuronal populations and the compression of temporal sequences. Hippocampus "
        "6:149-172.",
        "10.1002/(SICI)1098-1063(1996)6:2<149::AID-HIPO6>3.0.CO;2-K",
    ),
    "wilson": Cited(
        "Wilson EB (1927) Probable inference, the law of succession, and statistical inference. J "
        "Am Stat Assoc 22:209-212.",
        "10.2307/2276774",
    ),
    "order": Cited(
        "David HA, Nagaraja HN (2003) Order Statistics, 3rd ed. Wiley.", "10.1002/0471722162"
    ),
    "ratio": Cited(
        "Simel DL, Samsa GP, Matchar DB (1991) Likelihood ratios with confidence: sample size "
        "estimation for diagnostic test studies. J Clin Epidemiol 44:763-770.",
        "10.1016/0895-4356(91)90128-V",
    ),
    "snakemake": Cited(
        "Mölder F, Jablonski KP, Letcher B, et al. (2021) Sustainable data analysis with "
        "Snakemake. F1000Research 10:33.",
        "10.12688/f1000research.29032.2",
    ),
    "numpy": Cited(
        "Harris CR, Millman KJ, van der Walt SJ, et al. (2020) Array programming with NumPy. "
        "Nature 585:357-362.",
        "10.1038/s41586-020-2649-2",
    ),
    "scipy": Cited(
        "Virtanen P, Gommers R, Oliphant TE, et al. (2020) SciPy 1.0: fundamental algorithms for "
        "scientific computing in Python. Nat Methods 17:261-272.",
        "10.1038/s41592-019-0686-2",
    ),
    "xarray": Cited(
        "Hoyer S, Hamman J (2017) xarray: N-D labeled arrays and datasets in Python. J Open Res "
        "Softw 5:10.",
        "10.5334/jors.148",
    ),
}
