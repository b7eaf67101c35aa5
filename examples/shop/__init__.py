"""A small shop, how its images are made, and a demonstration of Ergon keeping it whole."""
