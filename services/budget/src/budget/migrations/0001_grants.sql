-- What the runtime role may do; everything else is refused by the database itself.
grant select, insert on acts, budgets, budget_decisions, lines to {role};
grant update (status, version, figures, disagreements, act_id, drafted_by, submitted_by, submitted_at,
    agreed_by, agreed_at, agreed_on, minutes_number, returned_because, approved_by, approved_at)
    on budgets to {role};
grant update (code, class_codes, name_kk, name_ru, name_en, amount_tiyn, status, revision, drafted_by)
    on lines to {role};

-- The ledger is only added to, and balances are moved by its triggers alone.
grant select on accounts, entry_kinds, ledger_heads, line_balances, cash_balances to {role};
grant select, insert on entries, postings, period_closings to {role};
grant execute on function post_entry, hash_entry, hash_postings, first_broken_entry to {role};

grant select, insert on commitments, obligations, payments, reversals to {role};
grant update (accrued_tiyn, state) on commitments to {role};
grant update (paid_tiyn, state, accepted_by, accepted_on, rejected_because, entry_id)
    on obligations to {role};
grant update (state, approved_by, paid_on, entry_id) on payments to {role};
grant update (approved_by, reversal_entry_id) on reversals to {role};

grant select, insert on enterprises, communal_services, tariffs, invoices, receipts to {role};
grant update (paid_tiyn) on invoices to {role};
