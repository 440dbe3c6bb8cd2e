"""Labs, submissions and runs over REST."""
