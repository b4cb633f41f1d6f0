"""The cluster alarm: losses too close together for luck open one incident group with its cases.

`scan` is the arithmetic, `counting` the groups of parcels, `looking` the daily look, `groups` what people do with them.
"""

from core.insight.clusters.groups import (
    Group,
    GroupCase,
    add_cases,
    close_group,
    count_open,
    group_cases,
    list_groups,
    open_group,
    remove_case,
)
from core.insight.clusters.looking import look_for_clusters
from core.insight.clusters.settings import alarm, dimension_name

__all__ = [
    "Group",
    "GroupCase",
    "add_cases",
    "alarm",
    "close_group",
    "count_open",
    "dimension_name",
    "group_cases",
    "list_groups",
    "look_for_clusters",
    "open_group",
    "remove_case",
]
