// # KubeAPI
//
// What each kind of the cluster *is*, as data, from which routes, discovery, OpenAPI, tables, storage keys, pruning,
// defaults and checks are derived:
//
// - `Kinds/` has one file per kind with its `Resource` value; `ResourceRegistry.builtIn` lists them all, and
//   `ResourceDirectory` tells which are served while kinds come and go.
// - `Schemas/` is the notation of their types, the one source of fields; `Views/` are typed views over `JSON` that
//   `generate-views` writes from it.
// - `Pods/` is what pods and pod templates share, with what containers' ends mean for their pod (`PodLifecycle`);
//   `Batch/` what Jobs and CronJobs need, `Quotas/` what objects use of quotas, `Matching/` which node or volume fits;
//   `Validation/` the rules by subject, gathered with `FieldChecker`, and values in the form of Kubernetes' own types
//   (`InternalForms`).
// - `ClusterNetwork` is the network plan of one cluster, which `skiff` hands down to every room.
// - `Columns/` is what `kubectl get` prints; `OpenAPI/` describes it all to clients, with the sentences of
//   `Descriptions/` about types and fields; `Warnings/` is what is allowed and had better not be.
// - `Cluster/` is how the cluster is read and changed, wherever it is: `ClusterAPI`, its verbs and subresources, and who may do
//   what (`Permission`, `LoopIdentity`).
//
// Absent on purpose: HTTP, storage, clocks, and what kinds *do* (that is the loops').
