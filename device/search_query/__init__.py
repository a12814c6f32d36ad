"""The search language: text in, a tree of conditions out. Pure.

`parse("car -dog source:gate confidence >= 0.6")`; docs/search.md has the whole of it. A parser by
hand, not a generated one: it knows the column, what was meant and what to write instead, in a
tenth of the lines that a grammar library would bring.
"""

from device.search_query.files import FILES
from device.search_query.parser import LONGEST, MOST_DEEP, MOST_PARTS, parse
from device.search_query.tree import Query

__all__ = ["FILES", "LONGEST", "MOST_DEEP", "MOST_PARTS", "Query", "parse"]
