"""Files of listings: taken in, judged, kept under their hash, arranged by their owner."""
