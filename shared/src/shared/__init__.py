"""What Ortaq's services have in common: mechanisms and contracts, never a rule of self-government."""
