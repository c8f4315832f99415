"""What one reader may see, as values with everything else gone; and the bundle of such values that each recipient gets.

In: a checked school, the policy, a reader and a day. Out: views, which hold strings that may be shown and nothing else.
One module for each kind of document; `types` and its neighbours hold what they return. Renders nothing.

Doors: `bundle`, `change_types`, `earlier`, `letter_types`, `office_contact`, `overview_types`, `plan`, `plan_parts`,
`types`.
"""
