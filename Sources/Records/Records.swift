/// # Records
///
/// What we keep in MariaDB, and how it gets there.
///
/// - `Spool/`: an append-only file that audit events survive a killed process in; each record with a checksum.
/// - `Audit/`: `AuditTrail` takes events into the spool and brings them to the table in batches, each exactly once by
///   audit id and stage; queries with cursor pages.
/// - `Streams/`: the same events for others (`AuditStream`): batches for a webhook, lines of a log file; bounded, and lost
///   rather than waited for.
/// - `Users/`: the sample user service; passwords as salted scrypt hashes.
/// - `RecordsSchema`: `migrations/*.sql`, built in.
///
/// Absent on purpose: HTTP (Gateway; what sends to webhooks is handed in), which requests are audited (APIServer).
