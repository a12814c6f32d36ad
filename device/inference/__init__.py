"""Models: cards, runtimes and the arithmetic around them."""
