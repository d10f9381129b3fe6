"""The pages of the editorial desk, which are pages of the admin."""

from django.urls import path

from . import calendar, todo_views


def pages_of(site):
    return [
        path("desk/calendar/", site.admin_view(calendar.month), name="desk_calendar"),
        path(
            "desk/todo/<slug:name>/",
            site.admin_view(todo_views.todo_page),
            name="desk_todo",
        ),
        path(
            "desk/confirm/",
            site.admin_view(todo_views.confirm_record),
            name="desk_confirm",
        ),
    ]
