"""Sessions, events, changes, statistics and quizzes over REST."""
