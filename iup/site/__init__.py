"""The files of a site to a `School`, and values back into files.

In: a readable tree of files. Out: records with their places in the files, and every problem met on the way, with line
and column. Nothing is judged here that needs a rule.
"""
