"""Why a build failed, read from what its builder and its step said. Pure: knows words, asks nobody."""
