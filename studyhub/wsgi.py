import gc
import os

from django.core.wsgi import get_wsgi_application

from studyhub.lineage import die_with_parent_if_asked

die_with_parent_if_asked()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studyhub.settings")
application = get_wsgi_application()
# What is loaded by now stays for good; looking through it again and again finds no garbage.
gc.freeze()
