"""Anki's files: reading packages and collections that strangers made, rendering their cards,
writing our own. No database of ours; Anki's own code has no part in it."""
