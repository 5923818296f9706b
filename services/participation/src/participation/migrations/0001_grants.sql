-- What the runtime role may do; everything else is refused by the database itself. Rows that live
-- through stages begin empty: the columns of later stages, and of the time something was stored, are
-- not insertable, so nothing is born confirmed, open, counted, costed or supported, and the triggers
-- see every stage.
grant select, insert, update on known_residents to {role};
grant select on proposals, supports, costings to {role};
grant insert (unit_id, self_government_id, author_id, title_kk, title_ru, title_en, body, latitude, longitude)
    on proposals to {role};
grant insert on supports to {role};
grant insert (proposal_id, cost_tiyn, basis, costed_by, costed_at) on costings to {role};
grant update (status, cost_tiyn, supported_at, costed_at, withdrawn_at) on proposals to {role};
grant select, insert (proposal_id), update (supporters) on support_counters to {role};
grant select on rounds, projects, electors, counts to {role};
grant insert (unit_id, title_kk, title_ru, title_en, fiscal_year, budget_tiyn, parameters, fewest_projects,
    most_projects, eligible_on, opens_at, closes_at, created_by) on rounds to {role};
grant insert (round_id, proposal_id, unit_id, title_kk, title_ru, title_en, cost_tiyn, admitted_by)
    on projects to {role};
grant insert on electors to {role};
grant insert (round_id, is_decisive, parameters, engine_version, digest, ballots, ballots_with_nothing, winners,
    cost_tiyn, explanations, counted_on, counted_by) on counts to {role};
grant update (status, confirmed_by, confirmed_at, rules, rules_digest, opened_at, counted_at) on rounds to {role};
-- In, but not out: the roll and the box are not even readable.
grant insert on voters, ballot_box to {role};
grant select on ballots to {role};
grant execute on function seal_ballots(uuid) to {role};
grant select, insert, update on project_lines to {role};
grant select, insert on project_entries to {role};
