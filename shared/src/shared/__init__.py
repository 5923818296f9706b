"""Mechanisms and contracts that the services share; never a rule of self-government."""
