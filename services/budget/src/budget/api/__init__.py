"""Routes, with what they read and answer."""
