"""What every worker process has in memory from its start. Only the fork server imports it, once for all workers.

Loading the library that sets PDFs takes as long as setting two plans. Where it cannot be loaded, nothing happens here:
the worker that needs it says so.
"""

import gc
from contextlib import suppress

from iup.build import worker
from iup.documents import pdf
from iup.errors import MissingError

__all__ = ["worker"]

with suppress(MissingError):
    pdf.library()
# What is loaded stays: the collector need not walk it for each document, nor copy the pages that workers share.
gc.collect()
gc.freeze()
