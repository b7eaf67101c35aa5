"""What a container needs of its host, from what it was seen to use: measuring is thin, judging is pure."""
