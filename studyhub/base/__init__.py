"""What every app may use: errors, the clock, templates' small parts."""
