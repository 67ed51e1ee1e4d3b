"""Official files as rows of our own tables: one reader a data set.

read_baci            BACI (CEPII): goods by pair            -> trade
read_baci_products   the same by product of the HS
read_itpd            ITPD-E (USITC): with domestic sales    -> trade
read_icio            ICIO (OECD): with domestic sales       -> trade, figures
read_cdis            IMF positions (formerly CDIS)          -> fdi
read_gravity         CEPII Gravity: distances and ties      -> pairs
read_wdi, fetch_wdi  World Development Indicators           -> figures
propose, write       what an extract changes in the tables of a study, and writing it

Every reader names all it refuses by file, line, field and value, and says what it leaves out.
"""

from serai.atlas.sources.baci import product_sets, read_baci, read_baci_products
from serai.atlas.sources.cdis import read_cdis
from serai.atlas.sources.cepii_gravity import read_gravity
from serai.atlas.sources.extract import Extract
from serai.atlas.sources.icio import read_icio
from serai.atlas.sources.importing import Proposal, propose, write
from serai.atlas.sources.itpd import read_itpd
from serai.atlas.sources.wdi import fetch_wdi, read_wdi

__all__ = [
    "Extract",
    "Proposal",
    "fetch_wdi",
    "product_sets",
    "propose",
    "read_baci",
    "read_baci_products",
    "read_cdis",
    "read_gravity",
    "read_icio",
    "read_itpd",
    "read_wdi",
    "write",
]
