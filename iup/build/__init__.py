"""The line as it is run: what must be made is worked out, made by workers, sealed, and published in one step.

In: a site, its office and a day. Out: `output/current`, and folders to hand over. No plaintext is written to any disk.
"""
