"""What runs inside a container, found from outside: `gathering` reads, everything else here judges and is pure."""
