"""What is wrong in a school that could be read: named lists of checks, each a function from a case to findings.

In: a school, the policy and the day. Out: findings, and from `runner` located problems. A module holds its rules, with
their documentation, and up to three checks: `pupil` and `person` of one at a time, which read no other pupil's plan or
goals, and `whole` of what is nobody's own. Only `goal_history` asks git, for the goals as they were.

Doors: `case`, `catalogue`, `goal_history`, `runner`.
"""
