"""Cases at the boundaries of a draft that no saved one is at."""

from datetime import date

from themes.guidance.proof.boundaries import Proposals, Run, propose_cases
from themes.packages.names import names_of
from themes.packages.structure import FrozenTheme


def propose_for(frozen: FrozenTheme, city: str, today: date) -> Proposals:
    """What is worth saving from today on; divisions differ by parameters and by promised days of items."""
    known = [Run(case.answers, case.division, case.on) for case in frozen.document.cases]
    apart = {code: [item.promised_days_in(code) for item in frozen.items.values()] for code in frozen.districts}
    return propose_cases(
        frozen.document, known, city=city, on=today, divisions=frozen.divisions, names=names_of(frozen), apart=apart
    )
