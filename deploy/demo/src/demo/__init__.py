"""One year of the village Borankul, played through the gateway alone."""
