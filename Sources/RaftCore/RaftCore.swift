/// # RaftCore
///
/// Consensus as a pure value, after Ongaro's thesis ("Consensus: Bridging Theory and Practice", 2014): `Raft.step`
/// takes one input and returns the effects that a shell must carry out in their order.
///
/// Its list:
/// - `Values`: terms, indexes, members, entries, proposals
/// - `Message`: what members say to each other
/// - `RaftLog`: the part of the log that is not applied yet, and where it begins and ends
/// - `Raft`: one member's view, its inputs and effects
///
/// Today a cluster has one member: it leads from the start and its own disk is the majority. Elections, replication
/// and membership change are added as further cases of the same inputs, effects and messages.
///
/// Absent on purpose: time, disk, wire, and what commands mean.
