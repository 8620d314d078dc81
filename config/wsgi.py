import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from config.local.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# A worker of a server that was killed would go on answering, and keep the port.
if server := multiprocessing.parent_process():
    assert server.pid
    die_with_parent(server.pid, signal.SIGKILL)()
# What is loaded now stays: the collector need not walk it again, nor look for cycles several times in every request.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
