"""What participation does: one function per thing."""
