import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from studyhub.lineage import die_with_parent_if_asked

die_with_parent_if_asked()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # and with it all views, which else the first request loads
# What is loaded by now stays for good, and nearly all that a request makes goes by its reference
# count: looking for garbage as often as Python does by itself is a sixth of an answer's time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000)
