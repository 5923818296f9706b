"""What the facts of others make the budget do."""
