"""Publishes without end, for a benchmark: each line that it reads becomes a partner's
introduction, and once that is committed, it says so."""

import sys

import django

django.setup()

from network.models import Partner

SLUG = "milan"

if __name__ == "__main__":
    for line in sys.stdin:
        changed = Partner.objects.filter(slug=SLUG).update(introduction_en=line.strip())
        print(changed, flush=True)
