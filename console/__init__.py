"""What people hold: the command line. Speaks to the controller through its client."""
