"""Every statement that participation sends to its database."""
