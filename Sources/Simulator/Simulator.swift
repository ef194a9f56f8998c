/// # Simulator
///
/// A whole store cluster in one process, on one thread, from one seed: clock, network, disks, clients and mishaps are
/// values, so a run that went wrong goes wrong again, event by event (after TigerBeetle's VOPR and FoundationDB).
///
/// Its list:
/// - `World/`: dice, agenda (clock and order of events), network, weather (how bad things are), mishaps
/// - `Linearizability/`: recorded client histories, and whether one order explains them
///
/// Absent on purpose: real time, real sockets and files, and anything that decides for the store; what is checked here
/// is the code that runs in `skiff`.
