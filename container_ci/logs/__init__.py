"""What a container says, made short and safe: redacted, grouped, rated, and cut to the lines that matter."""
