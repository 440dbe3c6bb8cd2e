"""The REST API's wiring: sign-in, chapters, errors, schema; the apps bring their own views."""
