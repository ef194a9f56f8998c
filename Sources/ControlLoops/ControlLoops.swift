// # ControlLoops
//
// What every loop of the cluster is made of: `World` (the part of the cluster that loops have in memory, kept up by
// watches), `WorkQueue` (keys to look at again, with back-off), `Reconciler` (says what to change), and
// `ChangeExecutor` (does it, and waits until the world shows it); `ReconcilerRunner` drives them. `KindObserver` follows
// kinds that come and go.
//
// Each loop calls the cluster as a user of its own (`LoopIdentity`, `LoopContext.acting`), who may do what the loop
// declares; `ConfinedAPI` sees to that where the cluster does not.
//
// A loop never decides on a view older than its own last write: the runner remembers what it wrote for a key and
// waits until the world has seen it.
//
// Absent on purpose: kinds' behaviour (each loop's own room) and sockets.
