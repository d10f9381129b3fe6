from . import link_admin  # noqa: F401
