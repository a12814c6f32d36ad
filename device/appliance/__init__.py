"""tagd as a part of an operating system: installed, started at boot, updated, taken away.

Only the standard library is imported below here: it is run by the system's own Python, from a
checkout or out of a wheel, before anything of tagd is installed.
"""
