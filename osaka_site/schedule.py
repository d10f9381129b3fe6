"""When what visitors see changes by itself, without anybody saving anything."""

from datetime import datetime, time, timedelta
from functools import cache

from django.apps import apps
from django.db import connection
from django.utils import timezone

from events.models import Exchange

from .desk.models import WorkingCopy
from .publishing import Publishable


def next_moment(now):
    """The first moment after ``now``: midnight in Japan, a deadline, a schedule."""
    columns = _columns()
    with connection.cursor() as cursor:
        moment = connection.ops.adapt_datetimefield_value(now)
        cursor.execute(_statement(), [moment] * len(columns))
        (scheduled,) = cursor.fetchone()
    if isinstance(scheduled, str):  # SQLite
        scheduled = connection.ops.convert_datetimefield_value(
            scheduled, None, connection
        )
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(tomorrow, time.min))
    return min(midnight, scheduled or midnight)


@cache
def _columns():
    return [(Exchange, "apply_until"), (WorkingCopy, "goes_live_at")] + [
        (model, column)
        for model in apps.get_models()
        if issubclass(model, Publishable)
        for column in ("publish_at", "unpublish_at")
    ]


@cache
def _statement():
    """Written out, because every page that is made asks this, and Django would take
    longer to write it than the database to answer. The least of each table on its own
    would take PostgreSQL five times as long to plan."""
    moments = " UNION ALL ".join(
        f'SELECT "{column}" AS moment FROM "{model._meta.db_table}"'
        f' WHERE "{column}" > %s'
        for model, column in _columns()
    )
    return f"SELECT min(moment) FROM ({moments}) AS moments"
