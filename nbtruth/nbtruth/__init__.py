"""Notebooks whose committed outputs must be true: a pytest plugin on top of nbval.

plugin.py     the door: options, and what they exclude
settings.py   what can be set
validator.py  the cells, their tags, the summary and the report
compare.py    do two outputs say the same? Pure functions, of use to other programs
_nbval.py     all that is touched of nbval
"""
