"""The tests; `python -m tests` runs them all, folders mirror the packages of the product."""
