"""view: what one reader may see, as values with everything else gone. Renders nothing.

One module for each kind of document; `types` holds what they return.
"""

from iup.view.change_types import SinceView
from iup.view.earlier import earlier, since
from iup.view.office_contact import office_view
from iup.view.overview import overviews
from iup.view.overview_types import Overview
from iup.view.plan import plan_view
from iup.view.start import start_view
from iup.view.types import PlanView, StartView, View, canonical

__all__ = [
    "Overview",
    "PlanView",
    "SinceView",
    "StartView",
    "View",
    "canonical",
    "earlier",
    "office_view",
    "overviews",
    "plan_view",
    "since",
    "start_view",
]
