/// # MariaDB
///
/// MariaDB (10.6 and later) by libmariadb, prepared statements only.
///
/// - `Database`: the pool. Few threads, each with a connection of its own, take statements from a bounded queue, so
///   that libmariadb's blocking calls never hold a thread of Swift's. What the pool decides is in `PoolState`, when to try
///   a server again that was away in `Reconnect`.
/// - `Session`: one connection while it is lent: statements with typed parameters, transactions.
/// - `DatabaseError`: what went wrong, sorted by what one may do about it.
/// - `Migrations`: numbered files, each run once, with checksums.
/// - `PrivateServer`: a mariadbd of our own, as a child process on a unix socket.
///
/// Absent on purpose: our tables (Records), an ORM, streaming of large results.
