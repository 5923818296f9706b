"""What each service tells the others: the events, and the topics they travel on."""
