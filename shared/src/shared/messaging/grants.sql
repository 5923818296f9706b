-- What the service's runtime role may do with its messages; {role} is filled in by the migration.
grant select, insert, update on event_subjects, outbox, relay_partitions, consumer_partitions to {role};
grant select, insert, update on dead_letters to {role};
grant select, update on relay_log to {role};
grant select, insert on inbox to {role};
