-- What the runtime role may do; everything else is refused by the database itself.
grant select, insert, update on known_residents to {role};
grant select, insert on proposals, supports, costings to {role};
grant update (status, cost_tiyn, supported_at, costed_at, withdrawn_at) on proposals to {role};
grant select, insert, update on support_counters to {role};
grant select, insert on rounds, projects, electors, counts to {role};
grant update (status, confirmed_by, confirmed_at, rules, rules_digest, opened_at, counted_at) on rounds to {role};
-- In, but not out: the roll and the box are not even readable.
grant insert on voters, ballot_box to {role};
grant select on ballots to {role};
grant execute on function seal_ballots(uuid) to {role};
grant select, insert, update on project_lines to {role};
grant select, insert on project_entries to {role};
