/// # Checksums
///
/// What tells damaged bytes from whole ones, for every room that writes files.
///
/// Its list:
/// - `CRC32C`: the checksum of the store's log and snapshots, of etcd's hashes, and of the spool
///
/// Absent on purpose: digests that protect against people; those are swift-crypto's.
