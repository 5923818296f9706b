drop view known_grants, known_units;
drop table grants, iin_reveals, residents, mandate_history, mandates, post_history, posts;
drop table classifier_imports, unit_history, unit_versions, units;
drop table idempotency_keys, dead_letters, consumer_partitions, inbox, relay_partitions, relay_log;
drop table outbox, event_subjects;
drop function keep_history(), refuse_rewriting(), refuse_incompatible_grant(), refuse_changed_grant();
drop function fold_name(text);
