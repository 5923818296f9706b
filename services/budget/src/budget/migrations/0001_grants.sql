-- What the runtime role may do; everything else is refused by the database itself.
-- A row that somebody decides on later starts undecided: its insert names no other columns.
grant select, insert on acts, budget_decisions to {role};
grant select, insert (unit_id, fiscal_year, drafted_by) on budgets to {role};
grant select, insert (budget_id, direction, kind, code, class_codes, name_kk, name_ru, name_en,
    amount_tiyn, project_id, drafted_by) on lines to {role};
grant update (status, version, figures, disagreements, act_id, drafted_by, submitted_by, submitted_at,
    agreed_by, agreed_at, agreed_on, minutes_number, returned_because, approved_by, approved_at)
    on budgets to {role};
grant update (amount_tiyn, status, revision, drafted_by) on lines to {role};

-- The ledger is only added to, and balances are moved by its triggers alone.
grant select on accounts, entry_kinds, ledger_heads, line_balances, cash_balances to {role};
grant select, insert on entries, postings, period_closings to {role};
grant execute on function post_entry, hash_entry, hash_postings, first_broken_entry to {role};

grant select, insert (budget_id, line_id, enterprise_id, contract_number, signed_on, amount_tiyn,
    committed_by, entry_id) on commitments to {role};
grant select, insert (commitment_id, act_number, worked_on, amount_tiyn, handed_in_by)
    on obligations to {role};
grant select, insert (budget_id, obligation_id, number, amount_tiyn, prepared_by)
    on payments to {role};
grant select, insert (entry_id, reason, prepared_by) on reversals to {role};
grant update (accrued_tiyn, state) on commitments to {role};
grant update (paid_tiyn, state, accepted_by, accepted_on, rejected_because, entry_id)
    on obligations to {role};
grant update (state, approved_by, paid_on, entry_id) on payments to {role};
grant update (approved_by, reversal_entry_id) on reversals to {role};

grant select, insert on enterprises, communal_services, tariffs, receipts to {role};
grant select, insert (enterprise_id, service_id, tariff_id, budget_id, line_id, number, consumer,
    quantity_thousandths, amount_tiyn, issued_on, issued_by) on invoices to {role};
grant update (paid_tiyn) on invoices to {role};
