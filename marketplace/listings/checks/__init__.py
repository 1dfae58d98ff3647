"""What a text is held against before it is public: what gives its owner away, numbers of patents, listings like it."""
