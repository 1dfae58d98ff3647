"""How the product is started: one machine with everything on it (`make run`), and the web server's configuration.

``python -m marketplace.serving`` prepares the database, then keeps a group of processes until it is interrupted. In
production the same pieces are started by the machine's own supervisor; ``docs/operations.md`` says how.
"""
