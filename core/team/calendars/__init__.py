"""Working-day calendars as the team keeps them: days added, struck or worked, files imported, optional lists chosen.

`team_calendars(session)` is what every window is counted with wherever there is a session.
"""

from core.team.calendars.book import forget, team_calendar, team_calendars
from core.team.calendars.changes import add_day, add_workday, choose, remove_change, strike_day
from core.team.calendars.ical import EntryState, Found, IcalEntry, Imported, import_ical, preview_ical
from core.team.calendars.reads import CalendarView, DayOfYear, DayWord, OptionView, Year, list_calendars, year_of

__all__ = [
    "CalendarView",
    "DayOfYear",
    "DayWord",
    "EntryState",
    "Found",
    "IcalEntry",
    "Imported",
    "OptionView",
    "Year",
    "add_day",
    "add_workday",
    "choose",
    "forget",
    "import_ical",
    "list_calendars",
    "preview_ical",
    "remove_change",
    "strike_day",
    "team_calendar",
    "team_calendars",
    "year_of",
]
