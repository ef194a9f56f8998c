// # ControlLoops
//
// What every loop of the cluster is made of: `ClusterAPI` (how a loop reads and writes the cluster), `World` (the
// part of the cluster that loops have in memory, kept up by watches), `WorkQueue` (keys to look at again, with
// back-off), and `ReconcilerRunner` (takes keys, asks a `Reconciler`, carries out its changes).
//
// A loop never decides on a view older than its own last write: the runner remembers what it wrote for a key and
// waits until the world has seen it.
//
// Absent on purpose: kinds' behaviour (each loop's own room) and sockets.
