"""The files of a site to a `School`, and values back into files.

In: a readable tree of files. Out: records with their places in the files, and every problem met on the way, with line
and column. Whether the records agree with one another is judged in `checks`.

Doors: `decode`, `layout`, `lazy_records`, `load`, `merge`, `office_keys`, `paths`, `side_files`, `strict_yaml`,
`value_hints`, `yaml_diagnosis`, `yaml_edit`, `yaml_outline`, `yaml_rules`.
"""
