drop table receipts, invoices, tariffs, communal_services cascade;
drop table reversals, payments, obligations, commitments, enterprises cascade;
drop function first_broken_entry, post_entry, check_reversal, hash_entry, hash_postings;
drop table period_closings, postings, entries, cash_balances, line_balances, ledger_heads cascade;
drop table entry_kinds, accounts, lines, budget_decisions, budgets, acts cascade;
drop function number_entry, move_head, check_entry, apply_postings, close_period;
drop function open_ledger, open_balance, refuse_rewriting, hold_budget, hold_line;
drop table idempotency_keys, outbox, event_subjects, inbox, dead_letters;
drop table relay_log, relay_partitions, consumer_partitions, known_units, known_grants;
