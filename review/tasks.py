"""The embedded task backend: background work in threads of the web process.

It speaks Django's task interface, so that a server can name another backend (separate
worker processes over the database queue, or a broker) without a change in the code.
"""

from concurrent.futures import ThreadPoolExecutor

from django.db import close_old_connections, transaction
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks.backends.immediate import ImmediateBackend

STARTED = timezone.now()
pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="concord-task")


class EmbeddedBackend(ImmediateBackend):
    """Runs each task once the transaction that enqueued it has committed."""

    def _execute_task(self, task_result):
        transaction.on_commit(lambda: pool.submit(self._run, task_result))

    def _run(self, task_result):
        close_old_connections()
        try:
            super()._execute_task(task_result)
        finally:
            close_old_connections()


def lost_before():
    """The moment before which everything that waited or ran is lost: the start of this process,
    where it does the work itself. None where the queue outlives it."""
    embedded = isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], EmbeddedBackend)
    return STARTED if embedded else None
