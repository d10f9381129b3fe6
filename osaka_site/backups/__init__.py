"""One archive of everything that staff made, and the way back from it.

An archive is a compressed tar of

    database/    the database's own copy: an SQLite file or a custom pg_dump
    tables/      the same rows as lines of JSON, which either database can read
    media/       the uploaded files
    manifest.json   the last member: what it is, and the SHA-256 of all others

The database's own copy and the lines are of one moment. The files are read after it,
so that every file the rows name is there; one uploaded meanwhile may be there too.
"""
