"""The pages of statistics: every figure as a sentence, a picture and a table."""
