"""`manage.py preview`: a course folder as the site will show it, while its author writes.

A process of its own, on 127.0.0.1 alone, without a database: the pages are rendered from the files
with the site's templates, and what the checks find stands beside the place it belongs to.
"""
