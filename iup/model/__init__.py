"""The domain: people, plans, goals, forms and schools as frozen records. Knows neither YAML, git nor policy."""
