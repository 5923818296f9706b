"""The facts of others that participation acts on."""
