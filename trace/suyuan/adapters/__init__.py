"""What the ports ask for, made of databases, chains, files and clocks."""
