"""Pages that bring the apps together: today, notes, the way in."""
