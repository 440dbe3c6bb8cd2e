"""People: users and their roles, device tokens, one-time sign-in links."""
