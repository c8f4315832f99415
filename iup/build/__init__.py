"""The line as it is run: what must be made is worked out, made by workers, sealed, and published in one step.

In: a site, its office and a day. Out: `output/current`, folders to hand over, and the preview in a browser. A build
writes no plaintext to any disk.

Doors: `deliver`, `key_status`, `pipeline`, `preview`, `publish`, `reply_ticket`.
"""
