"""The `ergon` command. A command parses, calls one function, prints."""
