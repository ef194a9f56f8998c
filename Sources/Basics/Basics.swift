// # Basics
//
// What every room needs and none may write again: bytes, time, chance and waiting. It imports nothing of ours.
//
// - Bytes: `Base64` and `Base64URL`; `PercentEncoding`; `digits(_:radix:)` for numbers with leading zeros; `ByteWriter`
//   and `ByteReader` for little-endian records; `CRC32C` for damage, `FNV1a` for names and tables; `KernelFile` for what
//   the kernel tells in files.
// - Time: `Instant`, the one moment, with its texts (RFC 3339, HTTP); `CalendarDay`; `TimeSource`, the one clock, and
//   `SystemClock`, the machine's.
// - Chance: `SplitMix64`, the one generator of what must come again from a seed; `SystemChance`, the system's, for what
//   nobody may guess.
// - Waiting: `Signal` (one task, many times), `Gate` (many tasks, once), `ByteQueue` (bytes with a limit).
//
// **Invariant:** nothing here blocks a thread, and no lock is held while a task is resumed.
//
// Absent on purpose: digests and keys (swift-crypto's), other files and sockets, JSON and everything of Kubernetes.
