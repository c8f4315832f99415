"""Who may do what, by relation and day. Every yellow place, reply, push and disclosure asks here.

In: the rules of `policies/access.yaml`, a school, a reader and a day. Out: decisions, each with the rule that made it.
No rule, no right. Reads and writes no file.
"""
