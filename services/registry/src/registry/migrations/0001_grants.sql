-- What the runtime role may do; everything else is refused by the database itself.
grant select, insert on units, classifier_imports, iin_reveals to {role};
grant select, insert on unit_versions, posts, mandates, residents, grants to {role};
-- What we know now may be corrected and withdrawn; unit_history keeps that it was known.
grant delete on unit_versions to {role};
grant update (valid, kato, kind, level, name_kk, name_ru, name_en, parent_id, path, self_government_id)
    on unit_versions to {role};
grant update (valid, end_reason) on mandates to {role};
grant update (account_id, left_on) on residents to {role};
grant update (valid, ended_by, ended_at, end_basis) on grants to {role};
grant select on unit_history, post_history, mandate_history, known_units, known_grants to {role};
