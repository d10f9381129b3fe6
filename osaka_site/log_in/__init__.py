"""How staff log in: name and password, then a code from the phone or a security key.

Throttling, codes, keys and recovery codes are django-allauth's. What it would do beside
that, such as signing up and confirming addresses, has no address here.
"""
