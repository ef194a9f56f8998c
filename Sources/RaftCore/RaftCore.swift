/// # RaftCore
///
/// Consensus as a pure value, after Ongaro's thesis ("Consensus: Bridging Theory and Practice", 2014), which the signs
/// § mean: `Raft.step` takes one input and returns the effects that a shell must carry out in their order.
///
/// Its list:
/// - `Values`, `Configuration`, `Message`, `Settings`, `Effects`: the words; `MessageCoding`, `MessageReader`: as bytes
/// - `Raft`: one member, its inputs and what it can be asked; `Receiving`: which message reaches which rule
/// - `Election`: asking before an election, votes, changing roles (§3.4, §3.6.1, §4.2.3, §9.6)
/// - `Leading`, `LeaderState`, `Progress`: replication, flow, commitment, heartbeats (§3.5, §3.6.2, §6.2, §10.2.1)
/// - `Following`: appending, acknowledging, applying, snapshots (§3.5, §5)
/// - `Reading`: linearizable reads (§6.4); `Transfer`: handing over (§3.10)
/// - `Membership`, `MembershipChange`: configurations, majorities, joint consensus (§4)
/// - `RaftLog`: the end of the log in memory
///
/// The order of a step's effects is the durability argument: what must be remembered comes first; a leader's messages
/// come before its own write, because they promise nothing about its disk (§10.2.1); votes and acknowledgements come
/// only when what they promise is on disk; who leads comes last.
///
/// Absent on purpose: time, disk, wire, the snapshots' content, and what commands mean.
