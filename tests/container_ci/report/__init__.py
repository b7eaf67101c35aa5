"""How good discovery, diagnosis and sizing are, on the recorded cases."""
