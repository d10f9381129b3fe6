"""The desk in a record's admin."""

from .doors import DoorsMixin
from .form_admin import FormMixin
from .history_admin import HistoryMixin
from .review_admin import ReviewMixin
from .trash_admin import TrashMixin


class DeskMixin(FormMixin, ReviewMixin, HistoryMixin, TrashMixin, DoorsMixin):
    """What a record's admin is in Django, the way of this desk."""
