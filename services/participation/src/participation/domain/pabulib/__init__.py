"""Pabulib files (.pb), the common format of participatory budgeting data: read and written.

Format: Faliszewski et al., "Participatory Budgeting: Data, Tools, and Analysis", IJCAI 2023;
field names and their order as the library's own checker knows them.
"""

from participation.domain.pabulib.ballots import BallotType
from participation.domain.pabulib.numbers import UnreadableFile
from participation.domain.pabulib.reading import (
    MOST_BYTES,
    PabulibElection,
    read_pabulib,
)
from participation.domain.pabulib.rules import RuleNotComputable, pabulib_rule, parameters_of
from participation.domain.pabulib.writing import IncompleteExport, Sheet, write_pabulib

__all__ = [
    "MOST_BYTES",
    "BallotType",
    "IncompleteExport",
    "PabulibElection",
    "RuleNotComputable",
    "Sheet",
    "UnreadableFile",
    "pabulib_rule",
    "parameters_of",
    "read_pabulib",
    "write_pabulib",
]
