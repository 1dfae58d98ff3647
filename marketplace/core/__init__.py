"""What every domain stands on: database, errors, money, states, clock, audit, access, forms, pages, jobs. Knows no domain."""
