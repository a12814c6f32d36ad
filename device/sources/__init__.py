"""Where pictures come from: each file knows one outside thing."""
