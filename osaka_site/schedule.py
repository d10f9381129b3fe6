"""When what visitors see changes by itself, without anybody saving anything."""

from datetime import datetime, time, timedelta

from django.apps import apps
from django.utils import timezone

from events.models import Exchange

from .desk.models import WorkingCopy
from .publishing import Publishable


def next_moment(now):
    """The first moment after ``now``: midnight in Japan, a deadline, a schedule."""
    columns = [(Exchange, "apply_until"), (WorkingCopy, "goes_live_at")] + [
        (model, column)
        for model in apps.get_models()
        if issubclass(model, Publishable)
        for column in ("publish_at", "unpublish_at")
    ]
    first, *others = (
        model.objects.filter(**{f"{column}__gt": now}).order_by().values_list(column)
        for model, column in columns
    )
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    midnight = timezone.make_aware(datetime.combine(tomorrow, time.min))
    return min([midnight, *(moment for (moment,) in first.union(*others))])
