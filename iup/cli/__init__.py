"""The command line: the only package that prints or exits. One module for each command, and `main`, the way in.

In: what was typed. Out: results on stdout, everything else on stderr, and an exit code. A command calls the stages and
prints what they return; it decides nothing.
"""
