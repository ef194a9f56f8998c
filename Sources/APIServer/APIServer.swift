// # APIServer
//
// One request pipeline over one store: authenticate → authorize → find the resource → decode → mutate → validate →
// write if unchanged → audit → answer; the watch cache that serves every read; discovery, OpenAPI and tables.
// `ClusterServer` is its face: a `Request` goes in, an `Answer` comes out. `Observing/` has its health and what it counts.
//
// Absent on purpose: HTTP and its library, the loops, the database.
