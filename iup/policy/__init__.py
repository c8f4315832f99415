"""Who may do what, by relation and day. Every yellow place, reply, push and disclosure asks here.

In: the rules of `policies/access.yaml`, a school, a reader and a day. Out: decisions, each with the rule that made it.
No rule, no right. Writes no file.

Doors: `access`, `change_rights`, `change_statement`, `changes`, `correction`, `items`, `matrix`, `place_keys`,
`relations`, `writable`.
"""
