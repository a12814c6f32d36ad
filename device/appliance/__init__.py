"""tagd as a part of an operating system: installed, started at boot, updated, taken away.

Only the standard library is imported below here: it is run by the system's own Python, from a
checkout or out of a wheel, before anything of tagd is installed.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036
    sys.exit(f"tagd needs Python 3.10 to 3.13, and this is {sys.version.split()[0]}")
