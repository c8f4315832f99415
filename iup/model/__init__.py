"""The domain as frozen records: schools, people, plans, goals, requests, and the rules of law a plan is asked for by.

In: values. Out: records, and what follows from them alone. Knows neither YAML, git nor policy.

Doors: `base`, `coverage`, `disclosure`, `form`, `law`, `people`, `plan`, `processing`, `recipient`, `reply`,
`retention`, `role`, `school`, `signing`.
"""
