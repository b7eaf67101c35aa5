"""What is measured: one module per row, each with `measure(stage, options)`."""
