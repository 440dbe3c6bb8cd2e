"""What the web server serves: the whole site, streams included; see bridge.py."""

from studyhub.bridge import Bridge
from studyhub.wsgi import application as site

application = Bridge(site)
