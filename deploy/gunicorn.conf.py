"""How gunicorn serves the site; on the command line stands only where it listens."""

import os

# Two processes for each processor; WEB_CONCURRENCY changes that. Threads help while
# one waits for the database.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2 * (os.cpu_count() or 1))
worker_class = "gthread"
threads = 4

# A worker that hangs is replaced, and each after many requests, so that memory lost
# somewhere does not add up; not all of them at once. Most requests are answered from
# its memory, so in a rush fewer of them would pass in seconds, and a start takes one.
timeout = 60
graceful_timeout = 30
max_requests = 500_000
max_requests_jitter = 50_000

# Heartbeats in memory: on a slow disk they would look like a worker that hangs.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
