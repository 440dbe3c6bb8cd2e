"""What runs inside the sandbox: reads the data, calls the learner's functions, sends back results.

Standard library and numpy only (pandas where a lab has data frames); torch only where the learner
imports it.
"""
