"""The page and the API: translation only."""
