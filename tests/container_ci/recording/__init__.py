"""Make situations with real software in real containers, and take them down as recorded cases."""
