"""Individual development plans as files, built into sealed bundles.

The straight line, each arrow a package of that name:

    Tree -site-> School -checks-> School -view-> View -documents-> HTML, PDF -seal-> bytes -build-> output/current

`build.pipeline` is that line as one function; `cli` is the only place that prints or exits.
"""

VERSION = "0.1.0"
