"""Where staff prepare what the public sees: working copies, approval, history.

An app of its own inside the project's package, because its tables belong to records
of both ``network`` and ``events``, and to neither.
"""
