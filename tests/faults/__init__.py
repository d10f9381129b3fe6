"""What becomes of the site when a part of it fails: one module a fault.

All but the clock go through a running deployment, which each leaves as it was.
``FAULT_SECONDS=60 pytest tests/faults/test_killed_processes.py`` kills each for as
long as that, otherwise once.
"""

import os

SECONDS = float(os.environ.get("FAULT_SECONDS", "0"))
