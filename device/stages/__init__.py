"""The loops that run in the worker threads; they know only the seams."""
