"""The starting content: from ``fixtures/data`` and ``fixtures/texts`` to fixtures.

The data are facts with their sources, one CSV row each; the texts are our own
words, per language. Nothing is typed twice: what the data hold is read from them.
"""

import json

from . import exchanges, network


def build():
    """``{file name: text}`` of every fixture."""
    fixtures = {
        "network.json": network.default(),
        "events.json": exchanges.default(),
        "updates_since_seed.json": [*network.updates(), *exchanges.updates()],
    }
    return {
        name: json.dumps(records, ensure_ascii=False, indent=1) + "\n"
        for name, records in fixtures.items()
    }
