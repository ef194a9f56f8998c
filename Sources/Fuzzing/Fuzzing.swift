// # Fuzzing
//
// Broken inputs by the number, each made from its seed alone, for all that reads what strangers send.
//
// - `Fuzz`: runs them, and tells what went wrong, how long the slowest took and what memory was left behind
// - `FuzzValues`: readers of JSON, YAML, protobuf, selectors, FieldsV1, patches and quantities
// - `FuzzServer`: requests to a whole API server in memory (`MemoryCluster`)
// - `Mutation`, `FuzzSamples`: what is broken, and how
// - `FuzzWatch`: names the seed when the process dies or hangs
//
// Absent on purpose: sockets; the store's own files have crash tests.
