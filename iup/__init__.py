"""Individual development plans kept as text files, and built into one sealed bundle for each reader.

A build is one straight line. Each arrow names the modules that take the step:

    Tree -site.load-> School -checks.runner-> School -view.bundle-> Bundle -build.worklist-> files wanted
         -build.pool (documents.html, documents.pdf, seal)-> Sealed -build.publish-> Receipt

`build.pipeline` is that line as one function. `cli` is the only package that prints or exits.
"""

VERSION = "0.1.0"
