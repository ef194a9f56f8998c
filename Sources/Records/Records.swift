/// # Records
///
/// What we keep in MariaDB, and how it gets there.
///
/// - `Spool/`: an append-only file that audit events survive a killed process in; each record with a checksum.
/// - `Audit/`: `AuditTrail` takes events into the spool and brings them to the table in batches, each exactly once by
///   audit id and stage; queries with cursor pages.
/// - `Users/`: the sample user service; passwords as salted scrypt hashes.
/// - `RecordsSchema`: `migrations/*.sql`, built in.
///
/// Absent on purpose: HTTP (Gateway), which requests are audited (APIServer).
