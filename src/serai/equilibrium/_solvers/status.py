"""How a solve ended: the text names the cause, the remedy says what to try."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """How a solve ended.

    >>> Status.CONVERGED.converged
    True
    >>> Status.NO_CONVERGENCE.remedy.split(":")[0]
    'Try a smaller shock or apply it in steps'
    """

    CONVERGED = 0
    CONVERGED_BY_TATONNEMENT = 1
    NO_CONVERGENCE = 2
    NEGATIVE_EXPENDITURE = 3
    NEGATIVE_WEALTH = 4
    SINGULAR = 5
    CUT_OFF = 6

    @property
    def converged(self) -> bool:
        """Whether the numbers are an equilibrium."""
        return self in (Status.CONVERGED, Status.CONVERGED_BY_TATONNEMENT)

    @property
    def text(self) -> str:
        """The cause, in words."""
        return _TEXTS[self][0]

    @property
    def remedy(self) -> str:
        """What to try; empty when there is nothing to mend."""
        return _TEXTS[self][1]


_TEXTS = {
    Status.CONVERGED: ("every market clears (Newton)", ""),
    Status.CONVERGED_BY_TATONNEMENT: ("every market clears (damped tatonnement, then Newton)", ""),
    Status.NO_CONVERGENCE: (
        "the search stopped before every market cleared",
        "Try a smaller shock or apply it in steps: a shock this large may have no equilibrium. With "
        "deficits='fixed' an economy must still finance its deficit: try 'proportional' or 'none'",
    ),
    Status.NEGATIVE_EXPENDITURE: (
        "the shock leaves an economy with nothing to spend",
        "A deficit or transfer fixed in money is larger than what remains of the income: use "
        "deficits='proportional' or deficits='none', or a smaller transfer",
    ),
    Status.NEGATIVE_WEALTH: (
        "no positive wealth restores the real return in every economy",
        "The long run has no inner solution here: use wealth='fixed' or a smaller shock",
    ),
    Status.SINGULAR: (
        "the equations do not determine the answer",
        "Two owners hold the same portfolio, or an economy that earns nothing from capital holds some: "
        "use wealth='fixed', or merge or complete the holdings",
    ),
    Status.CUT_OFF: (
        "an economy that is cut off from the rest would have to run a deficit or a surplus with it",
        "Use deficits='none', or leave a pair open",
    ),
}
