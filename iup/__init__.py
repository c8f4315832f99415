"""iup: individual development plans as files, built into sealed bundles.

The straight line, each arrow a module of that name:

    Tree -load-> School -check-> School -view-> View -bundle-> Bundle -order-> files wanted
         -making: render, pdf, seal-> Sealed -deliver-> Receipt

`pipeline` is that line as one function; `cli` is the only place that prints or exits.
"""

VERSION = "0.1.0"
