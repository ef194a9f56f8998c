/// # Simulator
///
/// A whole store cluster in one process, on one thread, from one seed: clock, network, disks, clients and mishaps are
/// values, so a run that went wrong goes wrong again, event by event (after TigerBeetle's VOPR and FoundationDB).
///
/// Its list:
/// - `World/`: dice, agenda (clock and order of events), network, weather (how bad things are), trace
/// - `Cluster/`: plan of a run, the world of members and clients, mishaps, lease holders, and the calm at the end with
///   drills: a full disk, a leader that is cut off
/// - `RaftLevel/`: members made of `Raft` and a modelled disk, which die between any two effects
/// - `StoreLevel/`: whole members: `StoreEngine`, state, log and snapshots on a `SimulatedDisk`; watches
/// - `Checkers/`: what must never happen: `Violation.Rule` is the list
/// - `Linearizability/`: recorded client histories, and whether one order explains them
/// - `Run/`: one seed, many seeds, and making a plan smaller
///
/// A run is a storm and then calm: in the end the cluster must agree, answer, and let leases end. What is checked is
/// the code that runs in `skiff`; deliberate bugs (`Raft.Fault`, `StoreFault`) show that the checks check.
///
/// Absent on purpose: real time, real sockets and files (the transport's own code is tested elsewhere), and anything
/// that decides for the store.
