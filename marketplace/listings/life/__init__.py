"""The life of a listing after it was written: its term, its history, who looks after it, and its end."""
