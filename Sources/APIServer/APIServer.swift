// # APIServer
//
// One pipeline over one store: find what is meant → who asks → may he → decode → complete → validate → write if
// unchanged → audit → answer; the watch cache that serves every read; discovery, OpenAPI and tables.
// `ClusterServer` is its face: a `Request` goes in, an `Answer` comes out, and loops of this process have a `ClusterAPI`.
// `Observing/` has its health and what it counts, `Pages/` what it tells of itself: `/statusz`, `/flagz`, `/`, dumps of fairness.
//
// Nothing is done but through `ClusterServer.serve` (may the user → do it → audit), whoever asks and by whichever way.
//
// - `Admission.standard` lists the steps that complete and judge what is written; each says to what it applies and asks
//   no more of the server than `AdmissionView` gives.
// - `Access/` says who asks and whether he may; `Admission/Quota/` charges quotas, `Admission/PodSecurity/` has the Pod
//   Security Standards.
// - `ClusterServer.serve` adds, changes and removes kinds while all runs; `resources` tells who follows them.
// - `provided` takes groups that are kept nowhere, such as what is measured (`ProvidedGroup`).
// - `WatchCache/` decides in values (`ChangeLog`, `WakeUps`, `UnfedWrites`); `ResourceCache` and `CacheTable` lock.
// - `Encryption/` seals resources in the store (`SealedStore` around any `RevisionedStore`); `Reading/` has the forms of
//   answers, protobuf among them; `FlowControl/` says who waits, `Proxying/` what is passed on.
//
// Absent on purpose: HTTP and its library, the loops, the database.
