"""How long what is kept, and its destruction: what is due, what is held, the purge, and the proof of it.

In: the schedule, the holds and a decision. Out: a report; and, when told to, a purge with its protocol. A person
decides; nothing goes by itself.

Doors: `holds`, `inventory`, `protocol`, `purge`, `schedule`, `selection`, `taken_in`, `verify`.
"""
