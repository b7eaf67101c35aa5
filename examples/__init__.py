"""State files to read and to try. `examples.shop` is the one that `make demo` runs."""
