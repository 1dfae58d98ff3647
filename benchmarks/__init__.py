"""How fast the product is, beside a bare application on the same database, and as it grows; see README.md."""
