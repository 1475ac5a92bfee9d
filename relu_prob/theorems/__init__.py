"""One file per theorem family, named after what it says. None of them knows of another."""
