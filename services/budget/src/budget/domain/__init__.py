"""The rules of budgets, ledger, spending and enterprises."""
